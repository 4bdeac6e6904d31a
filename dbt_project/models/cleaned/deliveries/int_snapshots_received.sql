-- Each file of a stream that delivers full snapshots, and whether it is the last: what was last
-- seen in an earlier file is absent since the next one.

with

delivered as (

    select
        loads.load_id,
        loads.system,
        loads.stream,
        loads.file_date,
        loads.status,
        loads.duplicate_of,
        loads.superseded_by
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
        file_date,
        superseded_by is null as is_in_force
    from delivered
    where status in ('loaded', 'empty')

),

-- a part without changes is not loaded again, but what it lists is there that day
seen as (

    select
        load_id,
        system,
        stream,
        file_date,
        file_date as loaded_date
    from snapshots
    where is_in_force
    union all
    select
        duplicate_of as load_id,
        system,
        stream,
        file_date,
        cast(null as date) as loaded_date
    from delivered
    where status = 'duplicate'

),

last_seen as (

    select
        load_id,
        max(file_date) as file_date
    from seen
    group by load_id

),

days as (

    select
        system,
        stream,
        file_date,
        max(loaded_date) as loaded_date
    from seen
    group by system, stream, file_date

),

next_days as (

    select
        system,
        stream,
        file_date,
        min(loaded_date) over (
            partition by system, stream
            order by file_date nulls first
            rows between 1 following and unbounded following
        ) as next_date
    from days

),

final as (

    select
        snapshots.load_id,
        snapshots.system,
        snapshots.stream,
        snapshots.is_in_force and next_days.next_date is null as is_last,
        case
            when snapshots.is_in_force then next_days.next_date
            else snapshots.file_date
        end as absent_since
    from snapshots
    left join last_seen on snapshots.load_id = last_seen.load_id
    left join next_days
        on
            snapshots.system = next_days.system
            and snapshots.stream = next_days.stream
            and last_seen.file_date = next_days.file_date

)

select * from final
