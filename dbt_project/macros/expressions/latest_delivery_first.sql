{#
    The precedence of deliveries: files that were not replaced before those that were, then the later
    business day, the higher revision, the later arrival. Arrival decides last, so files that arrive out
    of order give the same tables.

    loads   the alias of ops.loads
#}
{% macro latest_delivery_first(loads) -%}
    {{ loads }}.superseded_by is not null,
    {{ loads }}.file_date desc nulls last,
    {{ loads }}.revision desc nulls last,
    {{ loads }}.supplement desc nulls last,
    {{ loads }}.number desc nulls last
{%- endmacro %}
