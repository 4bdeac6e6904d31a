-- Each file of a stream that delivers full snapshots, and whether it is the last: what was last
-- seen in an earlier file is absent since the next one. A part without changes is a duplicate, so
-- the file that it repeats is seen again.

with

delivered as (

    select
        loads.system,
        loads.stream,
        loads.file_date,
        case when loads.status = 'duplicate' then loads.duplicate_of else loads.load_id end
            as load_id,
        case when loads.status <> 'duplicate' then loads.file_date end as loaded_date,
        loads.superseded_by is null as is_in_force
    from {{ source('ops', 'loads') }} as loads
    inner join {{ source('ops', 'streams') }} as rules
        on loads.system = rules.system and loads.stream = rules.stream
    where
        rules.delivery = 'full_snapshot'
        and loads.status in ('loaded', 'empty', 'duplicate')

),

snapshots as (

    select
        load_id,
        system,
        stream,
        max(file_date) as last_date,
        max(loaded_date) as loaded_date,
        min(case when is_in_force then 1 else 0 end) = 1 as is_in_force
    from delivered
    group by load_id, system, stream

),

days as (

    select
        system,
        stream,
        file_date,
        min(max(loaded_date)) over (
            partition by system, stream
            order by file_date nulls first
            rows between 1 following and unbounded following
        ) as next_date
    from delivered
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
            else snapshots.loaded_date
        end as absent_since
    from snapshots
    left join days
        on
            snapshots.system = days.system
            and snapshots.stream = days.stream
            and snapshots.last_date = days.file_date

)

select * from final
