with

transactions as (

    select * from {{ source('grocer_till', 'transactions') }}

),

final as (

    select
        ---------- ids
        'grocer_till' as source_system,
        transactions.basket_id as order_id,
        transactions.product_id as order_line_id,
        'loyalty_member' as identifier_type,
        transactions.household_id as identifier_value,
        transactions.store_id,
        transactions.product_id,

        ---------- numbers
        transactions.quantity,
        -- above 100 the till recorded a weight or a volume (fuel, coupon items), not units
        case when transactions.quantity <= 100 then transactions.quantity end as unit_quantity,
        {{ sum_of([
            'transactions.sales_value',
            'transactions.retail_disc',
            'transactions.coupon_match_disc',
        ]) }} as gross_amount,
        {{ sum_of(['transactions.retail_disc', 'transactions.coupon_match_disc']) }}
            as discount_amount,
        coalesce(transactions.coupon_disc, 0) as coupon_amount,
        transactions.sales_value as net_amount,

        ---------- times
        transactions.transaction_timestamp as ordered_at,

        ---------- where it came from
        transactions._load_id,
        transactions._row
    from transactions

)

select * from final
