{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'order_id', 'order_line_id'],
) }}

-- Every version of an order line ever received, and which one is current. A line may arrive again
-- in a file that was partly sent twice, or in the correction of a day's file. Nothing is deleted,
-- so a version can become current again when the file that replaced it is itself replaced.

with

loads as (

    select * from {{ source('ops', 'loads') }}

),

arrived as {{ not_materialized() }} (

    {{ union_of('order_lines') }}

),

{% if is_incremental() %}
    held as {{ not_materialized() }} (

        select {{ columns_of('order_lines') }} from {{ this }}

    ),

    affected as (

        select
            source_system,
            order_id,
            order_line_id
        from arrived
        union
        select
            source_system,
            order_id,
            order_line_id
        from held
        where _load_id in ({{ loads_withdrawn_tonight() }})

    ),

    known as (

        select held.*
        from held
        inner join affected
            on
                held.source_system = affected.source_system
                and held.order_id = affected.order_id
                and held.order_line_id = affected.order_line_id
        where held._load_id not in (
            select loads.load_id
            from loads
            where loads.is_new
        )

    ),
{% endif %}

versions as {{ not_materialized() }} (

    select * from arrived
    {% if is_incremental() %}
        union all
        select * from known
    {% endif %}

),

-- most lines arrive once: only the rest are ranked; a hash collision only ranks one line too many
repeated as (

    select {{ join_hash(['source_system', 'order_id', 'order_line_id']) }} as line_hash
    from versions
    group by {{ join_hash(['source_system', 'order_id', 'order_line_id']) }}
    having count(*) > 1

),

ranked as (

    select
        versions._load_id,
        versions._row,
        row_number() over (
            partition by versions.source_system, versions.order_id, versions.order_line_id
            order by {{ latest_delivery_first('loads') }}, versions._row desc nulls last
        ) as delivery_rank
    from versions
    inner join loads on versions._load_id = loads.load_id
    where
        {{ join_hash(['versions.source_system', 'versions.order_id', 'versions.order_line_id']) }}
        in (select repeated.line_hash from repeated)

),

withdrawn as (

    select load_id from loads
    where superseded_by is not null

),

final as (

    select
        versions.*,
        coalesce(ranked.delivery_rank, 1) = 1 and withdrawn.load_id is null as is_current,
        case
            when withdrawn.load_id is not null then 'its file was corrected'
            when ranked.delivery_rank > 1 then 'the line came again later'
        end as superseded_reason
    from versions
    left join ranked on versions._load_id = ranked._load_id and versions._row = ranked._row
    left join withdrawn on versions._load_id = withdrawn.load_id

)

select * from final
