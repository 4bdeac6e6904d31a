-- Each file of a stream that delivers full snapshots, and whether it is the last: what was last
-- seen in an earlier file is absent since the next complete snapshot. A part without changes is a
-- duplicate, so the file that it repeats is seen again.

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

seen as (

    select
        load_id,
        system,
        stream,
        min(case when is_in_force then 1 else 0 end) = 1 as is_in_force,
        max(file_date) as last_date,
        max(loaded_date) as loaded_date
    from delivered
    group by load_id, system, stream

),

complete as (

    select
        system,
        stream,
        file_date,
        case when is_complete then file_date end as own_date,
        min(case when is_complete then file_date end) over (
            partition by system, stream
            order by file_date nulls first
            rows between 1 following and unbounded following
        ) as next_date
    from {{ source('ops', 'snapshots') }}

),

-- who was only in a file that was corrected is absent from its correction
dated as (

    select
        seen.load_id,
        seen.system,
        seen.stream,
        case
            when seen.is_in_force then complete.next_date
            else coalesce(complete.own_date, complete.next_date)
        end as absent_since
    from seen
    left join complete
        on
            seen.system = complete.system
            and seen.stream = complete.stream
            and case when seen.is_in_force then seen.last_date else seen.loaded_date end
            = complete.file_date

),

final as (

    select
        load_id,
        system,
        stream,
        absent_since,
        absent_since is null as is_last
    from dated

)

select * from final
