"""The private build file, where a night's tables are made: the only place that opens DuckDB."""
