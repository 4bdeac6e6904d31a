{#
    The rows of an incremental model that keeps, of each key, what the latest snapshot that names it says.
    What is gone from the snapshots stays.

    staged  the staging models of the snapshots, a list: one a system
    key     the column that names a row within its source system
#}
{% macro latest_snapshot_rows(staged, key) -%}
    with

    staged as not materialized (

        select * from {{ staged | join(' union all by name select * from ') }}

    ),

    arrived as not materialized (

        select
            staged.*,
            loads.file_date as delivered_date,
            loads.revision as delivered_revision,
            loads.number as delivered_number
        from staged
        inner join {{ source('ops', 'loads') }} as loads on staged._load_id = loads.load_id

    ),

    versions as not materialized (

        select * from arrived
        {% if is_incremental() %}
            union all by name
            select * from {{ this }}
            where
                {{ key }} in (select arrived.{{ key }} from arrived)
                -- a night that is tried again has tonight's rows already
                and _load_id not in (select arrived._load_id from arrived)
        {% endif %}

    ),

    -- the greatest of each group, not the first of a window, which would sort whole snapshots
    latest as (

        select
            versions.source_system,
            versions.{{ key }},
            max({{ delivery_order('versions') }}) as delivery
        from versions
        group by versions.source_system, versions.{{ key }}

    )

    select versions.*
    from versions
    inner join latest
        on
            versions.source_system = latest.source_system
            and versions.{{ key }} = latest.{{ key }}
            and {{ delivery_order('versions') }} = latest.delivery
{%- endmacro %}
