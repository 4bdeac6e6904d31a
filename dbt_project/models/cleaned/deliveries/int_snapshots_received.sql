-- Each file of a stream that delivers full snapshots, and whether it is the last: what was last
-- seen in an earlier file is absent since the next one.

with

snapshots as (

    select
        loads.load_id,
        loads.system,
        loads.stream,
        loads.file_date,
        loads.superseded_by is null as is_in_force
    from {{ source('ops', 'loads') }} as loads
    inner join {{ source('ops', 'streams') }} as rules
        on loads.system = rules.system and loads.stream = rules.stream
    where rules.delivery = 'full_snapshot' and loads.status in ('loaded', 'empty')

),

days as (

    select
        system,
        stream,
        file_date,
        lead(file_date) over (
            partition by system, stream order by file_date nulls first
        ) as next_date
    from snapshots
    where is_in_force
    group by system, stream, file_date

),

final as (

    select
        snapshots.load_id,
        snapshots.system,
        snapshots.stream,
        snapshots.is_in_force and days.next_date is null as is_last,
        case
            when snapshots.is_in_force then days.next_date
            else snapshots.file_date
        end as absent_since
    from snapshots
    left join days
        on
            snapshots.system = days.system
            and snapshots.stream = days.stream
            and snapshots.file_date = days.file_date

)

select * from final
