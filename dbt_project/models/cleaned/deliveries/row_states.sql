{{ config(materialized='view') }}

-- What became of the rows of each file, with their amount: all of them are in one of the states.

with

counted as (

    {% for entity in entities_with('versions') %}
        {%- set amount = facts_of('int_' ~ entity ~ '_received').config.meta.amount %}
        select
            '{{ entity }}' as entity,
            _load_id as load_id,
            row_state,
            state_reason,
            count(*) as row_count,
            sum({{ amount or 'cast(null as decimal(18, 4))' }}) as amount
        from {{ ref('int_' ~ entity ~ '_received') }}
        group by _load_id, row_state, state_reason
        union all
    {% endfor %}
    select
        cast(null as string) as entity,
        cast(null as string) as load_id,
        cast(null as string) as row_state,
        cast(null as string) as state_reason,
        cast(null as bigint) as row_count,
        cast(null as decimal(38, 4)) as amount
    where 1 = 0

),

final as (

    select
        loads.system,
        loads.stream,
        counted.load_id,
        loads.load_date,
        counted.entity,
        counted.row_state,
        counted.state_reason,
        counted.row_count,
        cast(counted.amount as decimal(38, 4)) as amount
    from counted
    inner join {{ source('ops', 'loads') }} as loads on counted.load_id = loads.load_id

)

select * from final
