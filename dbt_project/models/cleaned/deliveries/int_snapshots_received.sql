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

-- who was only in a file that was corrected is absent from its correction
dated as (

    select
        seen.load_id,
        seen.system,
        seen.stream,
        case
            when snapshots.is_complete and not seen.is_in_force then snapshots.file_date
            else snapshots.next_complete_date
        end as absent_since
    from seen
    left join {{ source('ops', 'snapshots') }} as snapshots
        on
            seen.system = snapshots.system
            and seen.stream = snapshots.stream
            and case when seen.is_in_force then seen.last_date else seen.loaded_date end
            = snapshots.file_date

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
