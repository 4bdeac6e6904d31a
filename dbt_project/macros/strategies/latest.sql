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
    where
        arrived.set_aside_reason is null
        and {{ keys[-1] }} is not null

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

    select
        {{ qualified('versions', keys) }},
        max({{ order }}) as delivery,
        max(case when versions.is_in_force then versions.delivered_date end) as delivered_date
    from versions
    group by {{ qualified('versions', keys) }}

),

-- the rows that a snapshot has on the day of the newest: a part without changes is in force longer
standing as {{ not_materialized() }} (

    select versions.*
    from versions
    inner join newest on {{ equal_in('versions', 'newest', keys) }}
    where
        versions.is_in_force
        and versions.delivery in ('full_snapshot', 'delta_snapshot')
        and coalesce(versions.last_date >= newest.delivered_date, newest.delivered_date is null)

),

-- most keys come once a day: only the rest are compared
repeated as (

    select {{ join_hash(keys) }} as key_hash
    from standing
    group by {{ join_hash(keys) }}
    having count(*) > 1

),

different as (

    select {{ qualified('standing', keys) }}
    from standing
    where {{ join_hash(qualified('standing', keys).split(', ')) }} in (
        select repeated.key_hash from repeated
    )
    group by
        {{ qualified('standing', keys) }},
        standing.delivered_system,
        standing.delivered_stream,
        -- of the parts of a day's changes, each may change a row again
        case
            when standing.delivery = 'delta_snapshot' or standing.delivered_date is null
                then standing._load_id
        end
    having
        min({{ join_hash(qualified('standing', content).split(', ')) }})
        <> max({{ join_hash(qualified('standing', content).split(', ')) }})

),

contested as (

    select distinct * from different

),

final as (

    select
        {{ qualified('versions', columns.split(', ') | map('trim') | list) }},
        versions.delivered_date,
        versions.delivered_revision,
        versions.delivered_number,
        versions.is_deleted,
        contested.{{ keys[-1] }} is not null as is_contested
    from versions
    inner join newest
        on
            {{ equal_in('versions', 'newest', keys) }}
            and {{ order }} = newest.delivery
    left join contested on {{ equal_in('versions', 'contested', keys) }}

)

select * from final
{% endmacro %}
