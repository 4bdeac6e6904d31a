"""Programs that measure what the pipeline costs: they print tables and assert nothing.

Each is a command, such as ``python -m benchmarks.full_build``; ``docs/performance.md`` has their
last results with date, machine and command, and what each needs.
"""
