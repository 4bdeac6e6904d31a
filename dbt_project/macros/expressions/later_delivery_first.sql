{#
    The order of deliveries: the one that ends on the later day, or else begins later. Those for the same
    days, such as the parts of one, have no order.

    loads   the alias of loads with the days on which they begin and end
#}
{% macro later_delivery_first(loads) -%}
    {{ loads }}.ends desc nulls last,
    {{ loads }}.begins desc nulls last
{%- endmacro %}
