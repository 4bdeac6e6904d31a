{{ config(materialized='view') }}

-- The ids that are another id of their kind as soon as a spreadsheet has opened the file: different
-- texts, the same number. They are reported and never merged: 02368 may well be someone else.

with

numbered as (

    select
        id_kind,
        coalesce(identifier_type, id_kind) as id_space,
        identifier_type,
        source_system,
        id_value,
        {{ id_number('id_value') }} as id_number
    from {{ ref('int_ids_seen') }}

),

shared as (

    select
        id_kind,
        id_space,
        id_number,
        min(id_value) as first_value,
        count(distinct id_value) as id_count
    from numbered
    where id_number is not null
    group by id_kind, id_space, id_number
    having min(id_value) <> max(id_value)

),

final as (

    select
        numbered.id_kind,
        numbered.identifier_type,
        numbered.source_system,
        shared.id_count,
        case
            when numbered.identifier_type is null then numbered.id_value
            else identifiers.identifier_id
        end as id,
        case
            when numbered.identifier_type is null then shared.first_value
            else first_identifiers.identifier_id
        end as first_id
    from numbered
    inner join shared
        on
            numbered.id_kind = shared.id_kind
            and numbered.id_space = shared.id_space
            and numbered.id_number = shared.id_number
    left join {{ ref('identifiers') }} as identifiers
        on
            numbered.identifier_type = identifiers.identifier_type
            and numbered.id_value = identifiers.identifier_value
    left join {{ ref('identifiers') }} as first_identifiers
        on
            numbered.identifier_type = first_identifiers.identifier_type
            and shared.first_value = first_identifiers.identifier_value

)

select * from final
