"""One module per format; each turns a file into the same records.

`reader` is what they share. `csv`, `text` and `json_lines` read lines (`lines`), `json_document`
makes lines of a document. `objects` finds a contract's columns in the `nested` records of JSON and
Avro. `avro` reads `avro_blocks` and converts `avro_values`; `parquet` lets DuckDB read
`parquet_columns`; `xlsx` reads `xlsx_cells`. `choice` imports the one that a file needs.
"""
