{# A layer's folder, schema and name are the same word, in every environment. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ node.fqn[1] if node.resource_type == 'model' else target.schema }}
{%- endmacro %}
