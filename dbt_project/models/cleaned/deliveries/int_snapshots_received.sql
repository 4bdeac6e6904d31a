-- Each file of a stream that delivers full snapshots, and whether it is the last: what was last
-- seen in an earlier file is absent since the next complete snapshot. A file without changes is a
-- duplicate, so the file that it repeats is seen again.

with

seen as (

    select
        load_days.load_id,
        load_days.system,
        load_days.stream,
        load_days.is_in_force,
        load_days.last_date
    from {{ source('ops', 'load_days') }} as load_days
    inner join {{ source('ops', 'streams') }} as rules
        on load_days.system = rules.system and load_days.stream = rules.stream
    where rules.delivery = 'full_snapshot'

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
            and seen.last_date = snapshots.file_date

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
