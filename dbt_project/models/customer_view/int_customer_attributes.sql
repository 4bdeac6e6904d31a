-- A customer's attributes from the contact records; the most recently delivered value wins.

with

records as (

    select
        contact_records.*,
        identifier_customers.customer_id
    from {{ ref('contact_records') }} as contact_records
    inner join {{ ref('identifiers') }} as identifiers
        on
            contact_records.identifier_type = identifiers.identifier_type
            and contact_records.identifier_value = identifiers.identifier_value
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on identifiers.identifier_id = identifier_customers.identifier_id

),

final as (

    select
        customer_id,
        {% for attribute in [
            'age_band', 'income_band', 'home_ownership', 'marital_status', 'household_size',
            'household_composition', 'kids_count',
        ] %}
        {{ value_at_greatest(
            attribute, ['delivered_date is not null', 'delivered_date', 'record_id']
        ) }} as {{ attribute }}
        {{- "," if not loop.last }}
    {% endfor %}
    from records
    group by customer_id

)

select * from final
