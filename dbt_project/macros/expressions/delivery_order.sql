{#
    The precedence of snapshots as a value: greatest for the current row. A file without a business day
    is older than any with one.

    rows    the alias of rows with delivered_date, delivered_revision, delivered_number and _row
#}
{% macro delivery_order(rows) -%}
    {{ record_of([
        rows ~ '.delivered_date is not null',
        rows ~ '.delivered_date',
        rows ~ '.delivered_revision',
        rows ~ '.delivered_number',
        rows ~ '._row',
    ]) }}
{%- endmacro %}
