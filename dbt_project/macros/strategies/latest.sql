{#
    The strategy `latest`, for snapshots: the last delivered row of each key, and its delivery. What later
    snapshots lack stays; whether it is still active follows from its load (int_snapshots_received). A
    deletion mark makes a row a deleted one.

    A corrected file counts no more, as if it had never come, unless it is a full snapshot: who is only in
    that is known, and absent. Its rows may have replaced others, so a night that corrects one rebuilds
    (dangol/build/state.py).

    arrived     the SQL of tonight's rows
    existing    the table, or none in a full build
#}
{% macro latest_of(arrived, existing) %}
    {%- set keys = config.require('unique_key') -%}
    {%- set entity = model.name | replace('int_', '') | replace('_received', '') -%}
    {%- set listed = columns_of(entity, without=['is_active', 'inactive_since']) -%}
    {%- set columns = ([listed] + own_columns_of(entity)) | join(', ') -%}
    {%- set delivered = 'delivered_date, delivered_revision, delivered_number, is_deleted' -%}
with

arrived as {{ not_materialized() }} (

{{ arrived }}

),

dated as {{ not_materialized() }} (

    select
        arrived.*,
        loads.file_date as delivered_date,
        loads.revision as delivered_revision,
        loads.number as delivered_number,
        marked_rows.load_id is not null as is_deleted
    from arrived
    inner join {{ source('ops', 'loads') }} as loads on arrived._load_id = loads.load_id
    left join {{ source('ops', 'streams') }} as rules
        on loads.system = rules.system and loads.stream = rules.stream
    left join {{ source('ops', 'marked_rows') }} as marked_rows
        on
            arrived._load_id = marked_rows.load_id
            and arrived._row = marked_rows.row_number
            and marked_rows.mark = 'deleted'
    where
        arrived.set_aside_reason is null
        and {{ keys[-1] }} is not null
        and (loads.superseded_by is null or rules.delivery = 'full_snapshot')

),

versions as {{ not_materialized() }} (

    select {{ columns }}, {{ delivered }} from dated
    {% if existing %}
        union all
        select {{ columns }}, {{ delivered }} from {{ existing }}
        where
            {{ keys[-1] }} in (select dated.{{ keys[-1] }} from dated)
            -- when a night is retried, tonight's rows are already here
            and _load_id not in (select dated._load_id from dated)
    {% endif %}

),

-- the greatest of each group; the first of a window would sort whole snapshots
newest as (

    select
        {{ qualified('versions', keys) }},
        max({{ delivery_order('versions') }}) as delivery
    from versions
    group by {{ qualified('versions', keys) }}

),

final as (

    select versions.*
    from versions
    inner join newest
        on
            {{ equal_in('versions', 'newest', keys) }}
            and {{ delivery_order('versions') }} = newest.delivery

)

select * from final
{% endmacro %}
