{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='load_id',
) }}

-- The rows of snapshots that describe nothing: their staging model sets them aside, or they have
-- no id. A file that also brings orders is left out: such a row is an order line there.

with

arrived as (

    {% for entity in entities_with('latest') %}
        {%- set key = facts_of(entity).config.meta.grain | last or 'source_system' %}
        select
            '{{ entity }}' as entity,
            _load_id as load_id,
            coalesce(set_aside_reason, 'it has no {{ key }}') as state_reason
        from (
            {{ union_of(entity, without=['is_active', 'inactive_since']) | indent(12) }}
        ) as {{ entity }}
        where set_aside_reason is not null or {{ key }} is null
        union all
    {% endfor %}
    select
        cast(null as string) as entity,
        cast(null as string) as load_id,
        cast(null as string) as state_reason
    where 1 = 0

),

final as (

    select
        loads.system,
        loads.stream,
        arrived.load_id,
        loads.load_date,
        arrived.entity,
        arrived.state_reason,
        count(*) as row_count
    from arrived
    inner join {{ source('ops', 'loads') }} as loads on arrived.load_id = loads.load_id
    inner join {{ source('ops', 'streams') }} as rules
        on loads.system = rules.system and loads.stream = rules.stream
    where not rules.is_received
    group by
        loads.system,
        loads.stream,
        arrived.load_id,
        loads.load_date,
        arrived.entity,
        arrived.state_reason

)

select * from final
