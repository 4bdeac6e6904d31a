{#
    The patterns of texts that mean no value, joined as alternatives; in lower case. A pattern and not a
    list: of `in` with a long list DuckDB makes a join, for which it would clean every value.

    more    patterns that mean no value in one kind of column only
#}
{% macro no_value_words(more=[]) -%}
    {{ return(([
        '', '--?', '\\.', 'null', 'none', 'undefined', 'unknown', 'k\\.a\\.', '없음', '미입력', '해당없음',
    ] + more) | join('|')) }}
{%- endmacro %}
