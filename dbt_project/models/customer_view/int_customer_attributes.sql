-- A customer's attributes from the contact records; the most recently delivered value wins.

with

records as (

    select
        contact_records.*,
        loads.file_date as delivered_date,
        identifier_customers.customer_id
    from {{ ref('contact_records') }} as contact_records
    inner join {{ source('ops', 'loads') }} as loads on contact_records._load_id = loads.load_id
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
            'country', 'region', 'city', 'birth_year', 'gender', 'language', 'joined_date',
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
