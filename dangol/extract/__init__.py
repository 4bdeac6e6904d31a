"""Landing to raw: find files, decode, type, quarantine, keep the ledger.

In the order of a file's way: `stream` is the step; `landing` lists files, `arrivals` copies and
judges each, through `decode` (bytes to a private UTF-8 copy: another format begins there) and
`header`; `batch` loads files of one layout, `plain` those that DuckDB reads by itself and `careful`
the rest, record by record; `quarantine` keeps what does not fit.
"""
