"""What the pipeline costs: programs that measure and print tables, and assert nothing.

Each is a command, such as ``python -m benchmarks.full_build``; ``docs/performance.md`` keeps their
last results with the date, the machine and the command, and what each needs.
"""
