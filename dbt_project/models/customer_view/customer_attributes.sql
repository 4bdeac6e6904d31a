-- The attributes that the company gives its customers besides those in customers, where the YAML of
-- their staging model lets readers have them; the most recently delivered value wins.

with

attributes as (

    select
        contact_attributes.attribute_name,
        contact_attributes.attribute_value,
        contact_attributes.record_id,
        identifier_customers.customer_id,
        loads.file_date as delivered_date
    from {{ ref('contact_attributes') }} as contact_attributes
    inner join {{ source('ops', 'loads') }} as loads
        on contact_attributes._load_id = loads.load_id
    inner join {{ ref('contact_records') }} as contact_records
        on
            contact_attributes.source_system = contact_records.source_system
            and contact_attributes.record_id = contact_records.record_id
    inner join {{ ref('identifiers') }} as identifiers
        on
            contact_records.identifier_type = identifiers.identifier_type
            and contact_records.identifier_value = identifiers.identifier_value
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on identifiers.identifier_id = identifier_customers.identifier_id
    where
        contact_attributes.attribute_value is not null
        and (
            {% for attribute in var('published_attributes', []) %}
                (
                    contact_attributes.source_system = '{{ attribute[0] }}'
                    and contact_attributes.attribute_name = '{{ attribute[1] }}'
                )
                or
            {% endfor %}
            1 = 0
        )

),

final as (

    select
        customer_id,
        attribute_name,
        {{ value_at_greatest(
            'attribute_value', ['delivered_date is not null', 'delivered_date', 'record_id']
        ) }} as attribute_value
    from attributes
    group by customer_id, attribute_name

)

select * from final
