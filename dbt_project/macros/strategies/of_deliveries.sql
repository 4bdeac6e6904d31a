{# Parts of the strategies that read the ledger and what the contracts say of each stream. #}

{# The loads, with the rules of their streams. #}
{% macro loads_with_rules() -%}
    select
        loads.load_id,
        loads.number,
        loads.file_date,
        loads.revision,
        loads.supplement,
        loads.superseded_by,
        loads.is_new,
        coalesce(rules.is_revised, false) as is_revised,
        coalesce(rules.sets_conflicts_aside, false) as sets_conflicts_aside
    from {{ source('ops', 'loads') }} as loads
    left join {{ source('ops', 'streams') }} as rules
        on loads.system = rules.system and loads.stream = rules.stream
{%- endmacro %}

{#
    The days that a file of one day shares with a file of several, where rows have no key: one row per
    day and file that may have rows of it. `wins` says whether the day counts from this file; it is null
    if the contract does not say.
#}
{% macro days_of_two_files() -%}
    select
        files.load_id,
        shared.day,
        shared.is_touched,
        case
            when shared.overlap is null then cast(null as boolean)
            else (shared.overlap = 'bulk') = (files.first_date is not null)
        end as wins
    from (
        select
            bulk.system,
            bulk.stream,
            rules.overlap,
            daily.file_date as day,
            max(case when bulk.is_new or daily.is_new then 1 else 0 end) = 1 as is_touched
        from {{ source('ops', 'loads') }} as bulk
        inner join {{ source('ops', 'loads') }} as daily
            on
                bulk.system = daily.system
                and bulk.stream = daily.stream
                and daily.file_date between bulk.first_date and bulk.file_date
        inner join {{ source('ops', 'streams') }} as rules
            on bulk.system = rules.system and bulk.stream = rules.stream
        where
            not rules.has_key
            and daily.first_date is null
            and bulk.superseded_by is null
            and daily.superseded_by is null
            and bulk.status in ('loaded', 'empty')
            and daily.status in ('loaded', 'empty')
        group by bulk.system, bulk.stream, rules.overlap, daily.file_date
    ) as shared
    inner join {{ source('ops', 'loads') }} as files
        on shared.system = files.system and shared.stream = files.stream
    where files.status = 'loaded'
{%- endmacro %}

{# Columns with an alias before each, as text for a select list. #}
{% macro qualified(alias, columns) -%}
    {%- for column in columns -%}
        {{ alias }}.{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The condition that two relations agree in some columns. #}
{% macro equal_in(left, right, columns) -%}
    {%- for column in columns -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# What makes two versions of a row the same: its columns besides its key and where it came from. #}
{% macro content_of(entity, keys) -%}
    {%- set names = columns_of(entity, without=keys + ['_load_id', '_row']).split(', ') -%}
    {%- set compared = ['versions.set_aside_reason'] -%}
    {%- for name in names if name | trim -%}
        {%- do compared.append('versions.' ~ name | trim) -%}
    {%- endfor -%}
    {{ return(compared) }}
{%- endmacro %}
