"""Landing to raw: find files, decode, type, quarantine, keep the ledger.

In the order of a file's way: `stream` is the step; `landing` and `listing` list files and the
members of `archives`, `arrivals` judges each. `examine` copies it, through `decode` (bytes to a
private copy, text through `encodings` and `text_copy`), and finds its columns in the `header`, with
its format's reader in `formats`. `batch` loads files of one layout: `plain` those that DuckDB reads
by itself, unless a row is one of the `suspicions`; `careful` all others, in `blocks` of records.
`columns` and `values` are the types in SQL, for both. `quarantine` keeps what does not fit.
"""
