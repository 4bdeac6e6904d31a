{#
    The strategy `versions`, for rows that may come again: every version ever received, and its state.

    *current*       it counts
    *superseded*    another row takes its place: of a correction, of a later delivery that revises,
                    the same row sent again, or its day counts from another file
    *set_aside*     it was read and does not count: its staging model says why, it is an exact double,
                    or it contradicts another row and the contract says to set both aside
    *conflict*      it contradicts another row: the gate stops the night

    Nothing is deleted, so a version can count again when the file that replaced it is itself replaced.
    What the contract says of a stream (is it revised? what happens to conflicts?) is in `ops.streams`.

    arrived     the SQL of tonight's rows
    existing    the table, or none in a full build
#}
{% macro versions_of(arrived, existing) %}
    {%- set keys = config.require('unique_key') -%}
    {%- set entity = model.name | replace('int_', '') | replace('_received', '') -%}
    {%- set day = config.get('meta', {}).day -%}
with

loads as (

    {{ loads_with_rules() }}

),

arrived as {{ not_materialized() }} (

{{ arrived }}

),

{% if day %}
shared_days as (

    {{ days_of_two_files() }}

),
{% endif %}

{% if existing %}
held as {{ not_materialized() }} (

    select {{ columns_of(entity) }}, set_aside_reason
    from {{ existing }}

),

affected as (

    select {{ keys | join(', ') }} from arrived
    union
    select {{ keys | join(', ') }} from held
    where _load_id in ({{ loads_withdrawn_tonight() }})
    {% if day %}
        union
        select {{ qualified('held', keys) }}
        from held
        inner join shared_days
            on held._load_id = shared_days.load_id and held.{{ day }} = shared_days.day
        where shared_days.is_touched
    {% endif %}

),

known as (

    select held.*
    from held
    inner join affected on {{ equal_in('held', 'affected', keys) }}
    where held._load_id not in (
        select loads.load_id from loads
        where loads.is_new
    )

),
{% endif %}

versions as {{ not_materialized() }} (

    select * from arrived
    {% if existing %}
        union all
        select * from known
    {% endif %}

),

received_keys as (

    select {{ keys | join(', ') }}
    from (
        {{ keys_of(entity, keys) }}
    ) as arrived_keys
    {% if existing %}
        union all
        select {{ keys | join(', ') }} from known
    {% endif %}

),

-- most rows arrive once: only the rest are ranked; a hash collision only ranks one row too many
repeated as (

    select {{ join_hash(keys) }} as key_hash
    from received_keys
    group by {{ join_hash(keys) }}
    having count(*) > 1

),

doubles as (

    select marked_rows.load_id, marked_rows.row_number
    from {{ source('ops', 'marked_rows') }} as marked_rows
    where marked_rows.mark = 'double'

),

contested as (

    select
        {{ qualified('versions', keys) }},
        versions._load_id,
        versions._row,
        {{ join_hash(content_of(entity, keys)) }} as content,
        loads.is_revised,
        loads.superseded_by,
        loads.file_date,
        loads.revision,
        loads.supplement,
        loads.number,
        -- what is set aside by itself contradicts nothing; a revision may set an earlier version aside
        loads.superseded_by is null
        and doubles.load_id is null
        and (versions.set_aside_reason is null or loads.is_revised) as counts
    from versions
    inner join loads on versions._load_id = loads.load_id
    left join doubles
        on versions._load_id = doubles.load_id and versions._row = doubles.row_number
    where {{ join_hash(qualified('versions', keys).split(', ')) }} in (
        select repeated.key_hash from repeated
    )

),

ranked as (

    select
        _load_id,
        _row,
        is_revised,
        row_number() over (
            partition by {{ keys | join(', ') }}, counts
            order by {{ latest_delivery_first('contested') }}, _row desc nulls last
        ) as delivery_rank,
        count(*) over (partition by {{ keys | join(', ') }}, counts, _load_id) as count_in_file,
        min(content) over (partition by {{ keys | join(', ') }}, counts)
        <> max(content) over (partition by {{ keys | join(', ') }}, counts) as is_different
    from contested
    where counts

),

judged as (

    select
        versions.*,
        loads.sets_conflicts_aside,
        case
            when loads.superseded_by is not null then 'superseded'
            when doubles.load_id is not null then 'set_aside'
            when versions.set_aside_reason is not null and not loads.is_revised then 'set_aside'
            when ranked.count_in_file > 1 then 'conflict'
            when ranked.is_different and not ranked.is_revised then 'conflict'
            when ranked.delivery_rank > 1 then 'superseded'
            when versions.set_aside_reason is not null then 'set_aside'
            {% if day %}
                when shared_days.load_id is not null and shared_days.wins is null then 'conflict'
                when not shared_days.wins then 'superseded'
            {% endif %}
            else 'current'
        end as judged_state,
        case
            when loads.superseded_by is not null then 'its file was corrected'
            when doubles.load_id is not null then 'an exact double in its file'
            when versions.set_aside_reason is not null and not loads.is_revised
                then versions.set_aside_reason
            when ranked.count_in_file > 1 then 'its key is repeated in its file'
            when ranked.is_different and not ranked.is_revised
                then 'its key came again with other content'
            when ranked.delivery_rank > 1 and ranked.is_revised then 'a later delivery revised it'
            when ranked.delivery_rank > 1 then 'the same row came again'
            when versions.set_aside_reason is not null then versions.set_aside_reason
            {% if day %}
                when shared_days.load_id is not null and shared_days.wins is null
                    then 'its day comes from a daily and a bulk file'
                when not shared_days.wins then 'its day counts from the other file'
            {% endif %}
        end as state_reason
    from versions
    inner join loads on versions._load_id = loads.load_id
    left join doubles
        on versions._load_id = doubles.load_id and versions._row = doubles.row_number
    left join ranked on versions._load_id = ranked._load_id and versions._row = ranked._row
    {% if day %}
        left join shared_days
            on versions._load_id = shared_days.load_id and versions.{{ day }} = shared_days.day
    {% endif %}

),

final as (

    select
        {{ columns_of(entity) }},
        set_aside_reason,
        case
            when judged_state = 'conflict' and sets_conflicts_aside then 'set_aside'
            else judged_state
        end as row_state,
        state_reason
    from judged

)

select * from final
{% endmacro %}
