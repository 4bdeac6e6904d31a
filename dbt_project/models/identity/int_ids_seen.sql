{{ config(materialized='view') }}

-- The ids that people type and spreadsheets rewrite, by system: of persons, products and stores.
-- Those of orders are left out: they are as many as the orders.

{% for id_kind, identifier_type, id_value, relation in [
    ('identifier', 'identifier_type', 'identifier_value', 'int_identifiers_seen'),
    ('product', none, 'product_id', 'products'),
    ('product', none, 'product_id', 'order_lines'),
    ('store', none, 'store_id', 'order_lines'),
] %}
    select
        '{{ id_kind }}' as id_kind,
        {{ identifier_type or 'cast(null as string)' }} as identifier_type,
        source_system,
        {{ id_value }} as id_value
    from {{ ref(relation) }}
    {{ 'union' if not loop.last }}
{% endfor %}
