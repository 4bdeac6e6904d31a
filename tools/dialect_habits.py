"""The SQL on which the engines differ, and what to write instead.

`dialect_lint` looks for it. docs/two-engines.md explains the rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LIST_COLUMNS = "list the columns; columns_of and union_of do it for an entity"
RUN_CLOCK = "take it from ops.current_run: a night that is run again must give the same result"
FUNCTIONS: Mapping[str, str] = {
    "columns": LIST_COLUMNS,
    **dict.fromkeys(("sha256", "sha2", "md5", "sha1"), "keyed_hash, in a table"),
    **dict.fromkeys(("hash", "xxhash64"), "join_hash, within one query"),
    **dict.fromkeys(
        ("timezone", "convert_timezone", "from_utc_timestamp", "to_utc_timestamp",
         "make_timestamptz", "epoch", "epoch_ms", "epoch_us", "unix_micros"),
        "local_time or business_date",
    ),
    **dict.fromkeys(("dayname", "date_format", "strftime", "monthname"), "weekday_name"),
    **dict.fromkeys(("dayofweek", "isodow", "weekday", "datepart", "date_part"), "weekday_number"),
    **dict.fromkeys(
        ("date_diff", "datediff", "date_sub", "datesub", "months_between", "age", "timestampdiff"),
        "days_between",
    ),
    **dict.fromkeys(("date_add", "dateadd"), "day + 30, or plus_days for a column"),
    "date_trunc": "a cast to date: the result's type differs",
    **dict.fromkeys(
        ("generate_series", "range", "sequence", "unnest", "explode", "posexplode", "flatten"),
        "spine_of_days, spine_of_numbers or values, each in a separate CTE",
    ),
    **dict.fromkeys(
        ("arg_max", "arg_min", "argmax", "argmin", "max_by", "min_by", "first", "last", "mode"),
        "value_at_greatest, value_at_least or top_values",
    ),
    **dict.fromkeys(
        ("list", "array_agg", "collect_list", "collect_set", "list_sort", "sort_array",
         "array_sort", "string_agg", "listagg", "group_concat"),
        "sorted_values or top_values",
    ),
    **dict.fromkeys(("list_extract", "array_extract", "element_at"), "list_item"),
    **dict.fromkeys(
        ("quantile", "quantile_disc", "quantile_cont", "percentile", "percentile_disc",
         "percentile_cont", "median", "approx_quantile"),
        "quantile_of",
    ),
    **dict.fromkeys(
        ("regexp_replace", "regexp_matches", "regexp_extract", "regexp_full_match", "rlike"),
        "replace_pattern",
    ),
    **dict.fromkeys(("trim", "ltrim", "rtrim"), "strip_spaces or clean_text (U+3000)"),
    **dict.fromkeys(("lower", "upper", "lcase", "ucase", "initcap"), "lower_case (İ)"),
    **dict.fromkeys(("row", "struct", "struct_pack", "named_struct"), "record_of"),
    "concat": "|| or concat_ws: null differs",
    "nfc_normalize": "nothing: text is already NFC when it lands",
    **dict.fromkeys(("now", "today", "getdate", "current_localtimestamp"), RUN_CLOCK),
    **dict.fromkeys(("random", "rand", "uuid", "gen_random_uuid"), "no chance in a model"),
    **dict.fromkeys(("if", "iff", "ifnull", "nvl", "nvl2", "decode"), "case or coalesce"),
    **dict.fromkeys(("strptime", "to_date", "to_timestamp"), "a type in the contract"),
}  # fmt: skip
"""Functions that differ or are missing in one engine, and what to write instead."""

TYPES_OF_BOTH = "string, integer, bigint, decimal(p, s), double, boolean, date, timestamp"

PATTERNS: Mapping[str, tuple[str, str]] = {
    r"\*\s+(exclude|except|replace|rename)\b": ("* \\1", LIST_COLUMNS),
    r"\bby\s+name\b": ("by name", LIST_COLUMNS),
    r"\bas\s+(?:not\s+)?materialized\b": ("materialized", "as {{ not_materialized() }}"),
    r"\bqualify\b": ("qualify", "rank in one CTE, filter in the next"),
    r"\basof\b": ("asof", "rank in one CTE, filter in the next"),
    r"\b(semi|anti|positional)\s+join\b": ("\\1 join", "where … in (select …), or an inner join"),
    r"\b(pivot|unpivot)\b": ("\\1", "sum_where, a column at a time"),
    r"\bdistinct\s+on\b": ("distinct on", "rank in one CTE, filter in the next"),
    r"\b(group|order)\s+by\s+all\b": ("\\1 by all", "name the columns"),
    r"\b(current_date|current_timestamp)\b": ("\\1", RUN_CLOCK),
    r"\bat\s+time\s+zone\b": ("at time zone", "local_time or business_date"),
    r"\b(using\s+sample|tablesample)\b": ("\\1", "no chance in a model"),
    r"\b(lambda\b|->)": ("lambda", "a row for each item in a CTE"),
    r"::": ("::", "cast(… as …)"),
    r"//": ("//", "whole_quotient"),
    r"\*\*": ("**", "a product, or power()"),
    r"(?<![/*])/(?![/*])": ("/", "amount_per, share_of or ratio_of"),
    r"(?<!\w)!?~\*?": ("~", "replace_pattern"),
    r"(?<=[\w)\]])\[": ("[…]", "list_item, and list_type for a type"),
    r"(?<![\w)\]])\[[^\]]*\bfor\b": ("a list comprehension", "a row for each item in a CTE"),
    r"(?<![\w)\]])\[(?![^\]]*\bfor\b)": ("a list", "values in a CTE"),
    r"\bas\s+(varchar|text|char|hugeint|uinteger|ubigint|timestamptz|timestamp_ntz)\b\s*(?=[()])":
        ("\\1", TYPES_OF_BOTH),
}  # fmt: skip
"""Syntax that one engine lacks or interprets differently: pattern, name, what to write instead."""

ONLY_IN_SQL = {"a list", "/", "~"}
"""Not looked for in Jinja's strings, which may be paths and regular expressions."""

HOMES: Mapping[str, set[str]] = {
    "/": {"amount_per", "share_of", "ratio_of"},
}
"""The macros that a finding recommends; they may use what it forbids."""

TYPES = re.compile(
    r"""(string|boolean|integer|bigint|double|date|timestamp|"?decimal\(\d+,\s?\d+\)"?
    |"\{\{\s'array<(?P<item>\w+)>'\sif\starget\.type\s==\s'spark'\selse\s'(?P=item)\[\]'\s\}\}")$""",
    re.VERBOSE,
)
