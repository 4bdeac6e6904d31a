{{ config(materialized='view') }}

-- What became of the rows of each file, with their amount: all of them are in one of the states.

with

{% set received = [
    ('order_lines', 'net_amount'),
    ('refunds', '-refund_amount'),
    ('promotions', none),
    ('campaigns', none),
    ('coupons', none),
    ('messages', none),
    ('campaign_responses', none),
] -%}

counted as (

    {% for entity, amount in received %}
        select
            '{{ entity }}' as entity,
            _load_id as load_id,
            row_state,
            state_reason,
            count(*) as row_count,
            {{ 'sum(' ~ amount ~ ')' if amount else 'cast(null as decimal(38, 4))' }} as amount
        from {{ ref('int_' ~ entity ~ '_received') }}
        group by _load_id, row_state, state_reason
        {{ 'union all' if not loop.last }}
    {% endfor %}

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
