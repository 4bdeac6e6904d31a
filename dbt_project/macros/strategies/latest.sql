{#
    The strategy `latest`, for snapshots: the last delivered row of each key, and its delivery. What later
    snapshots lack stays; whether it is still active follows from its load (int_snapshots_received). A
    deletion mark makes a row a deleted one. Rows of one snapshot with one key, once cleaned, and other
    content contest it: the gate stops the night.

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
    {%- set content = (listed.split(', ') + own_columns_of(entity) + ['is_deleted'])
        | map('trim') | reject('in', keys + ['_load_id', '_row']) | list -%}
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

-- most keys come once a day: only the rest are compared
repeated as (

    select {{ join_hash(keys + ['delivered_date']) }} as key_hash
    from versions
    group by {{ join_hash(keys + ['delivered_date']) }}
    having count(*) > 1

),

different as (

    select {{ qualified('versions', keys) }}, versions.delivered_date
    from versions
    inner join {{ source('ops', 'loads') }} as loads on versions._load_id = loads.load_id
    inner join {{ source('ops', 'streams') }} as rules
        on loads.system = rules.system and loads.stream = rules.stream
    where
        loads.superseded_by is null
        and rules.delivery in ('full_snapshot', 'delta_snapshot')
        and {{ join_hash(qualified('versions', keys + ['delivered_date']).split(', ')) }} in (
            select repeated.key_hash from repeated
        )
    group by
        {{ qualified('versions', keys) }},
        versions.delivered_date,
        loads.system,
        loads.stream,
        -- of the parts of a day's changes, each may change a row again
        case when rules.delivery = 'delta_snapshot' then loads.load_id end
    having
        min({{ join_hash(qualified('versions', content).split(', ')) }})
        <> max({{ join_hash(qualified('versions', content).split(', ')) }})

),

contested as (

    select distinct * from different

),

final as (

    select
        versions.*,
        contested.delivered_date is not null as is_contested
    from versions
    inner join newest
        on
            {{ equal_in('versions', 'newest', keys) }}
            and {{ delivery_order('versions') }} = newest.delivery
    left join contested
        on
            {{ equal_in('versions', 'contested', keys) }}
            and versions.delivered_date = contested.delivered_date

)

select * from final
{% endmacro %}
