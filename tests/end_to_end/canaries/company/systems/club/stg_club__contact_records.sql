-- Everyone in the club, and every card.

with

members as (

    select * from {{ source('club', 'members') }}

),

cards as (

    select * from {{ source('club', 'cards') }}

),

final as (

    select
        'club' as source_system,
        members.member_no as record_id,
        'club_member' as identifier_type,
        members.member_no as identifier_value,
        members.city,
        extract(year from members.born) as birth_year,
        members.remark as own_remark,
        members.grade as own_grade,
        members._load_id,
        members._row
    from members
    union all
    select
        'club' as source_system,
        cards.card as record_id,
        'club_member' as identifier_type,
        cards.member_no as identifier_value,
        cast(null as string) as city,
        cast(null as bigint) as birth_year,
        cards.holder as own_remark,
        cast(null as string) as own_grade,
        cards._load_id,
        cards._row
    from cards

)

select * from final
