{#
    The strategy `versions`, for rows that may come again: every version ever received, and its state.

    *current*       it counts
    *superseded*    another row takes its place: of a correction, of a later delivery that revises,
                    the same row sent again, or its day counts from another file
    *set_aside*     it was read and does not count: its staging model says why, it is an exact double,
                    it is none of its file's days, which counts from another, or it contradicts
                    another row and the contract says to set both aside
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
    {#- The first that is true says what becomes of a row: a condition, its state, and why. -#}
    {%- set verdicts = [
        ('loads.superseded_by is not null', 'superseded', "'its file was corrected'"),
        ('doubles.load_id is not null', 'set_aside', "'an exact double in its file'"),
        (
            'versions.set_aside_reason is not null and not loads.is_revised',
            'set_aside', 'versions.set_aside_reason',
        ),
        ('ranked.count_in_file > 1', 'conflict', "'its key is repeated in its file'"),
        (
            'ranked.is_different and ranked.is_revised',
            'conflict', "'its key has other content in a delivery of the same days'",
        ),
        ('ranked.is_different', 'conflict', "'its key came again with other content'"),
        ('ranked.place > 1 and ranked.is_revised', 'superseded', "'a later delivery revised it'"),
        ('ranked.place > 1', 'superseded', "'the same row came again'"),
        ('versions.set_aside_reason is not null', 'set_aside', 'versions.set_aside_reason'),
    ] + verdicts_on_claimed(day) -%}
with

loads as (

    {{ loads_with_rules() }}

),

arrived as {{ not_materialized() }} (

{{ arrived }}

),

claimed as (

    {{ claimed_days(day) }}

),

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
    union
    select {{ qualified('held', keys) }}
    from held
    inner join loads on held._load_id = loads.load_id
    inner join claimed on {{ is_of_claimed('held', day) }}
    where claimed.is_touched

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
        loads.begins,
        loads.ends,
        loads.supplement,
        loads.number,
        rank() over (
            partition by {{ qualified('versions', keys) }}
            order by {{ later_delivery_first('loads') }}
        ) as delivery_rank,
        row_number() over (
            partition by
                {{ qualified('versions', keys) }},
                loads.begins, loads.ends, loads.system, loads.stream, loads.part_or_file
            order by
                loads.supplement desc nulls last,
                loads.number desc nulls last,
                versions._row desc nulls last
        ) as rank_in_part
    from versions
    inner join loads on versions._load_id = loads.load_id
    left join doubles
        on versions._load_id = doubles.load_id and versions._row = doubles.row_number
    where
        {{ join_hash(qualified('versions', keys).split(', ')) }} in (
            select repeated.key_hash from repeated
        )
        -- what is set aside by itself contradicts nothing; a revision may set an earlier version aside
        and loads.superseded_by is null
        and doubles.load_id is null
        and (versions.set_aside_reason is null or loads.is_revised)

),

-- of a revised row only the last delivery is compared, whose parts have no order
compared as (

    select
        contested.*,
        not is_revised or (delivery_rank = 1 and rank_in_part = 1) as is_compared
    from contested

),

ranked as (

    select
        _load_id,
        _row,
        is_revised,
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by
                {{ later_delivery_first('compared') }},
                is_compared desc nulls last,
                supplement desc nulls last,
                number desc nulls last,
                _row desc nulls last
        ) as place,
        count(*) over (partition by {{ keys | join(', ') }}, _load_id) as count_in_file,
        is_compared
        and min(case when is_compared then content end) over (partition by {{ keys | join(', ') }})
        <> max(case when is_compared then content end) over (partition by {{ keys | join(', ') }})
            as is_different
    from compared

),

judged as (

    select
        versions.*,
        loads.sets_conflicts_aside,
        case
            {% for condition, state, _ in verdicts %}
                when {{ condition }} then '{{ state }}'
            {% endfor %}
            else 'current'
        end as judged_state,
        case
            {% for condition, _, reason in verdicts %}
                when {{ condition }} then ({{ reason }})
            {% endfor %}
        end as state_reason
    from versions
    inner join loads on versions._load_id = loads.load_id
    left join doubles
        on versions._load_id = doubles.load_id and versions._row = doubles.row_number
    left join ranked on versions._load_id = ranked._load_id and versions._row = ranked._row
    left join claimed on {{ is_of_claimed('versions', day) }}

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
