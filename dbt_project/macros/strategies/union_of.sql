{#
    The body of a CTE: the rows of an entity from all systems that deliver some, in the entity's
    columns and types.

    Ids are cleaned; those that are `keyed` become what the home's secret makes of them. Amounts are kept
    exactly or set aside, a count that is not whole is null, and so is a column that a staging model does
    not have. A staging model without a column of the entity's key, or with a column that the entity does
    not have, is an error that names it.

    A business day that a staging model does not have is that of the moment which the entity's YAML
    names (`business_day_of`).

    An entity that is `extensible` keeps the columns of a company's own, `own_<name>`, as text.

    entity      the model whose YAML lists the columns with their types
    relations   where the rows are; by default the staging models that the contracts name
                (`receivedIn` and `describes`)
    without     columns of the entity that its strategy adds
    only        instead of all columns; a company's own are left out then
#}
{% macro union_of(entity, relations=none, without=[], only=none) -%}
    {%- set read_by_the_strategies = [
        source('ops', 'loads'), source('ops', 'streams'), source('ops', 'marked_rows'),
        source('ops', 'load_days' if entity in entities_with('latest') else 'claimed_days'),
    ] -%}
    {%- set relations = staging_of(entity) if relations is none else relations -%}
    {%- set columns = facts_of(entity).columns.values() -%}
    {%- set columns = columns | rejectattr('name', 'in', without) | list -%}
    {%- set selects = [] -%}
    {%- for relation in relations -%}
        {%- do selects.append(rows_of_entity(entity, columns, relation)) -%}
    {%- endfor -%}
    {%- if not selects -%}
        {%- do selects.append(no_rows_of_entity(columns)) -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n') }}
{%- endmacro %}

{# The keys of the same rows: their other columns are not read. #}
{% macro keys_of(entity, keys) -%}
    {%- set columns = facts_of(entity).columns.values() | selectattr('name', 'in', keys) | list -%}
    {%- set selects = [] -%}
    {%- for relation in staging_of(entity) -%}
        {%- set values = [] -%}
        {%- for column in columns -%}
            {%- do values.append(kept_value(column, true, relation) ~ ' as ' ~ column.name) -%}
        {%- endfor -%}
        {%- do selects.append('select ' ~ values | join(', ') ~ ' from ' ~ relation) -%}
    {%- endfor -%}
    {%- if not selects -%}
        {%- do selects.append(no_rows_of_entity(columns)) -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n') }}
{%- endmacro %}

{# The staging models of an entity, as refs: dbt_project.yml gets them from the contracts. #}
{% macro staging_of(entity) -%}
    {%- set relations = [] -%}
    {%- for staging in var('staging_of', {})[entity] or [] -%}
        {%- do relations.append(ref(staging)) -%}
    {%- endfor -%}
    {{ return(relations) }}
{%- endmacro %}

{# The entities with a strategy, `versions` or `latest`: the list is made from their folders. #}
{% macro entities_with(strategy) -%}
    {{ return(var('entities', {})[strategy] or []) }}
{%- endmacro %}

{# A company's own columns of an extensible entity, whichever of its staging models has them. #}
{% macro own_columns_of(entity) -%}
    {%- set own = [] -%}
    {%- if facts_of(entity).config.meta.extensible -%}
        {%- for relation in staging_of(entity) -%}
            {%- for name in own_columns_in(relation) if name not in own -%}
                {%- do own.append(name) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(own) }}
{%- endmacro %}

{# The columns of a relation that a company added. #}
{% macro own_columns_in(relation) -%}
    {%- set own = [] -%}
    {%- for name in present_in(relation) if name.startswith('own_') -%}
        {%- do own.append(name) -%}
    {%- endfor -%}
    {{ return(own) }}
{%- endmacro %}

{# What an entity's YAML says; nothing while dbt parses, when there is no graph yet. #}
{% macro facts_of(entity) -%}
    {%- set nothing = {'columns': {}, 'config': {'meta': {'grain': []}}} -%}
    {%- set nodes = graph.nodes if execute else {} -%}
    {{ return(nodes['model.' ~ project_name ~ '.' ~ entity] or nothing) }}
{%- endmacro %}

{% macro rows_of_entity(entity, columns, relation) -%}
    {%- set present = present_in(relation) -%}
    {%- set known = columns | map(attribute='name') | list -%}
    {%- set needed = facts_of(entity).config.meta.grain + ['_load_id', '_row'] -%}
    {%- for name in needed if present and name not in present -%}
        {%- do exceptions.raise_compiler_error(
            relation.identifier ~ ' has no column ' ~ name ~ ', which every row of ' ~ entity ~ ' needs'
        ) -%}
    {%- endfor -%}
    {%- set own = own_columns_of(entity) -%}
    {%- for name in present if name not in known + own + ['set_aside_reason'] -%}
        {%- do exceptions.raise_compiler_error(
            relation.identifier ~ ' has the column ' ~ name ~ ', which ' ~ entity
            ~ ' does not have; its columns are ' ~ known | join(', ')
        ) -%}
    {%- endfor -%}
    {%- set too_large = [] -%}
    {%- set days = {} -%}
    {%- for column in columns
        if column.name not in present and column.meta.business_day_of in present -%}
        {%- do days.update({column.name: column.meta.business_day_of}) -%}
    {%- endfor -%}
    select
    {%- for column in columns %}
        {%- set is_there = column.name in present or not present or column.name in days %}
        {%- if is_there and column.name.endswith('_amount') %}
            {%- do too_large.append(
                column.name ~ ' is not null and '
                ~ 'try_cast(' ~ column.name ~ ' as ' ~ column.data_type ~ ') is null'
            ) %}
        {%- endif %}
        {{ kept_value(column, is_there, relation) }} as {{ column.name }},
    {%- endfor %}
    {%- for name in own %}
        cast({{ name if name in present else 'null' }} as string) as {{ name }},
    {%- endfor %}
    {{ set_aside_reason_of(too_large, 'set_aside_reason' in present) }} as set_aside_reason
    from {{ relation }} as given
    {%- for day, moment in days.items() %}
        left join (
            {{ business_days_of(relation, moment) | indent(12) }}
        ) as {{ moment }}_minutes (_minute, {{ day }})
            on {{ minute_of('given.' ~ moment) }} = {{ moment }}_minutes._minute
    {%- endfor %}
{%- endmacro %}

{#
    The minutes of a relation's moments and their business days. Most rows share their minute with
    others, and finding the local time takes far longer than a join.
#}
{% macro business_days_of(relation, moment) -%}
    select
        minutes._minute,
        {{ business_date('minutes._minute', 'current_run.timezone') }}
    from (
        select distinct {{ minute_of(moment) }} as _minute
        from {{ relation }}
        where {{ moment }} is not null
    ) as minutes
    cross join {{ source('ops', 'current_run') }} as current_run
{%- endmacro %}

{# The names of a relation's columns; empty while nothing runs: then all are taken to be there. #}
{% macro present_in(relation) -%}
    {%- set is_built = execute and relation is not string -%}
    {{ return(
        adapter.get_columns_in_relation(relation) | map(attribute='name') | list if is_built else []
    ) }}
{%- endmacro %}

{# Whether the YAML of the entity, or of the staging model, says `keyed: true` of a column. #}
{% macro is_keyed(column, relation) -%}
    {%- set given = facts_of(relation.identifier).columns[column.name] or {} -%}
    {{ return(column.meta.keyed or (given.meta or {}).keyed or false) }}
{%- endmacro %}

{% macro kept_value(column, is_there, relation) -%}
    {%- if not is_there -%}
        cast(null as {{ column.data_type }})
    {%- elif is_keyed(column, relation) -%}
        {{ keyed_id(clean_id(column.name)) }}
    {%- elif column.name.endswith('_amount') -%}
        try_cast({{ column.name }} as {{ column.data_type }})
    {%- elif column.name.endswith(('_id', 'identifier_value')) and column.name != '_load_id' -%}
        {{ clean_id(column.name) }}
    {%- elif column.data_type == 'bigint' and column.name != '_row' -%}
        {#- a cast alone would round half a unit in silence -#}
        case
            when {{ column.name }} = cast({{ column.name }} as bigint)
                then cast({{ column.name }} as bigint)
        end
    {%- else -%}
        cast({{ column.name }} as {{ column.data_type }})
    {%- endif -%}
{%- endmacro %}

{% macro set_aside_reason_of(too_large, is_given) -%}
    {%- set given = 'set_aside_reason' if is_given else 'cast(null as string)' -%}
    {%- if too_large -%}
        case
            when {{ too_large | join(' or ') }} then 'an amount has too many digits'
            else {{ given }}
        end
    {%- else -%}
        {{ given }}
    {%- endif -%}
{%- endmacro %}

{% macro no_rows_of_entity(columns) -%}
    {%- set selected = [] -%}
    {%- for column in columns -%}
        {%- do selected.append('cast(null as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {%- do selected.append('cast(null as string) as set_aside_reason') -%}
    select {{ selected | join(', ') }} where 1 = 0
{%- endmacro %}
