{#
    The strategy `latest`, for snapshots: the last delivered row of each key, and its delivery. What later
    snapshots lack stays; whether it is still active follows from its load (int_snapshots_received). A
    deletion mark makes a row a deleted one. Rows of one key of a snapshot, once cleaned, or of two of its
    parts, and other content contest it: the gate stops the night.

    Deliveries are ordered by the day since which they are in force, then by their stream, then by arrival.
    A corrected file counts no more, as if it had never come, unless it is a full snapshot: who is only in
    that is known, and absent, so its rows come before all that are in force. They may have replaced others,
    and so may rows of any file that comes from another day now: such a night rebuilds
    (dangol/build/load_days.py).

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
    {%- set order = record_of(['versions.delivery_rank', 'versions._row']) -%}
with

deliveries as (

    select
        load_days.load_id,
        load_days.system,
        load_days.stream,
        load_days.is_in_force,
        load_days.since_date,
        load_days.last_date,
        loads.revision,
        loads.number,
        rules.delivery,
        row_number() over (
            order by
                load_days.is_in_force asc nulls first,
                load_days.since_date asc nulls first,
                loads.first_date asc nulls last,
                load_days.system asc nulls first,
                load_days.stream asc nulls first,
                loads.revision asc nulls first,
                loads.number asc nulls first
        ) as delivery_rank
    from {{ source('ops', 'load_days') }} as load_days
    inner join {{ source('ops', 'loads') }} as loads on load_days.load_id = loads.load_id
    left join {{ source('ops', 'streams') }} as rules
        on load_days.system = rules.system and load_days.stream = rules.stream

),

arrived as {{ not_materialized() }} (

{{ arrived }}

),

marked as {{ not_materialized() }} (

    select
        arrived.*,
        marked_rows.load_id is not null as is_deleted
    from arrived
    left join {{ source('ops', 'marked_rows') }} as marked_rows
        on
            arrived._load_id = marked_rows.load_id
            and arrived._row = marked_rows.row_number
            and marked_rows.mark = 'deleted'
    where arrived.set_aside_reason is null

),

known as {{ not_materialized() }} (

    select {{ columns }}, is_deleted from marked
    {% if existing %}
        union all
        select {{ columns }}, is_deleted from {{ existing }}
        where
            {{ keys[-1] }} in (select marked.{{ keys[-1] }} from marked)
            -- when a night is retried, tonight's rows are already here
            and _load_id not in (select marked._load_id from marked)
    {% endif %}

),

versions as {{ not_materialized() }} (

    select
        known.*,
        deliveries.since_date as delivered_date,
        deliveries.revision as delivered_revision,
        deliveries.number as delivered_number,
        deliveries.system as delivered_system,
        deliveries.stream as delivered_stream,
        deliveries.delivery,
        deliveries.is_in_force,
        deliveries.last_date,
        deliveries.delivery_rank
    from known
    inner join deliveries on known._load_id = deliveries.load_id
    where deliveries.is_in_force or deliveries.delivery = 'full_snapshot'

),

-- the greatest of each group; the first of a window would sort whole snapshots
newest as (

    -- a row without a whole key joins nothing below
    select
        {{ qualified('versions', keys) }},
        max({{ order }}) as delivery,
        max(case when versions.is_in_force then versions.delivered_date end) as delivered_date
    from versions
    group by {{ qualified('versions', keys) }}

),

-- the newest row of each key, and those that a snapshot has on its day: a part without changes is in
-- force longer
candidates as {{ not_materialized() }} (

    select
        versions.*,
        {{ order }} = newest.delivery as is_newest,
        versions.is_in_force
        and versions.delivery in ('full_snapshot', 'delta_snapshot')
        and coalesce(versions.last_date >= newest.delivered_date, newest.delivered_date is null)
            as is_standing
    from versions
    inner join newest on {{ equal_in('versions', 'newest', keys) }}

),

kept as (

    select * from candidates
    where is_newest or is_standing

),

different as (

    select {{ qualified('kept', keys) }}
    from kept
    where kept.is_standing
    group by
        {{ qualified('kept', keys) }},
        kept.delivered_system,
        kept.delivered_stream,
        -- of the parts of a day's changes, each may change a row again
        case
            when kept.delivery = 'delta_snapshot' or kept.delivered_date is null
                then kept._load_id
        end
    having
        min({{ join_hash(qualified('kept', content).split(', ')) }})
        <> max({{ join_hash(qualified('kept', content).split(', ')) }})

),

contested as (

    select distinct * from different

),

final as (

    select
        {{ qualified('kept', columns.split(', ') | map('trim') | list) }},
        kept.delivered_date,
        kept.delivered_revision,
        kept.delivered_number,
        kept.is_deleted,
        contested.{{ keys[-1] }} is not null as is_contested
    from kept
    left join contested on {{ equal_in('kept', 'contested', keys) }}
    where kept.is_newest

)

select * from final
{% endmacro %}
