{# Parts of the strategies that read the ledger and what the contracts say of each stream. #}

{#
    The loads, with the rules of their streams. Deliveries are ordered by the day on which they end, then
    by that on which they begin; a file without a day is of the night that loaded it.
#}
{% macro loads_with_rules() -%}
    select
        loads.load_id,
        loads.number,
        loads.system,
        loads.stream,
        loads.file,
        loads.part,
        coalesce(loads.first_date, loads.file_date) as first_date,
        loads.file_date,
        coalesce(loads.first_date, loads.file_date, loads.load_date) as begins,
        coalesce(loads.file_date, loads.load_date) as ends,
        case when loads.file_date is null then loads.file else loads.part end as part_or_file,
        loads.supplement,
        loads.superseded_by,
        loads.is_new,
        coalesce(rules.is_revised, false) as is_revised,
        coalesce(rules.sets_conflicts_aside, false) as sets_conflicts_aside
    from {{ source('ops', 'loads') }} as loads
    left join {{ source('ops', 'streams') }} as rules
        on loads.system = rules.system and loads.stream = rules.stream
{%- endmacro %}

{#
    Where rows are told by place: the days that deliveries claim, from which of them each counts, and the
    loads with days that count from another file.
#}
{% macro claimed_days() -%}
    select
        claimed_days.system,
        claimed_days.stream,
        claimed_days.part,
        claimed_days.day,
        claimed_days.first_date,
        claimed_days.last_date,
        claimed_days.counting_part,
        claimed_days.file,
        claimed_days.other_file,
        claimed_days.is_declared,
        claimed_days.is_touched
    from {{ source('ops', 'claimed_days') }} as claimed_days
{%- endmacro %}

{% macro claimed_loads() -%}
    select
        loads.load_id,
        max(case when claimed.is_touched then 1 else 0 end) = 1 as is_touched
    from loads
    inner join claimed on {{ equal_in('loads', 'claimed', ['system', 'stream', 'part']) }}
    where
        (loads.file_date is null or claimed.day between loads.first_date and loads.file_date)
        and not {{ counts_from_its_file() }}
    group by loads.load_id
{%- endmacro %}

{#
    The condition that rows, joined to their loads, are of a claimed day.

    day     the column with a row's day, or none
#}
{% macro is_of_claimed(rows, day) -%}
    {{ equal_in('loads', 'claimed', ['system', 'stream', 'part']) }}
    {{- ' and ' ~ day_of(rows, day) ~ ' = claimed.day' }}
{%- endmacro %}

{# The condition that rows have no day, and their file some that count from another. #}
{% macro is_of_claimed_load(rows, day) -%}
    {{ rows }}._load_id = claimed_loads.load_id and {{ day_of(rows, day) }} is null
{%- endmacro %}

{% macro day_of(rows, day) -%}
    {{ rows ~ '.' ~ day if day else 'cast(null as date)' }}
{%- endmacro %}

{% macro counts_from_its_file() -%}
    coalesce(
        claimed.first_date = loads.first_date
        and claimed.last_date = loads.file_date
        and claimed.counting_part = loads.part,
        false
    )
{%- endmacro %}

{# The condition that a row's day counts from another delivery, whatever the row is. #}
{% macro gives_way_to_another_file() -%}
    claimed.other_file is null and claimed.day between loads.first_date and loads.file_date
    and not {{ counts_from_its_file() }}
{%- endmacro %}

{#
    What becomes of other rows of claimed days: condition, state and reason. A late row, or one from
    beyond the days of its file, counts only if all that counts for its day are files of single days. A
    row without a day can't be told from those of another file for the days of its own.
#}
{% macro verdicts_on_claimed() -%}
    {%- set is_in_its_file = 'claimed.day between loads.first_date and loads.file_date' -%}
    {%- set is_single = 'claimed.first_date = claimed.last_date and loads.first_date' -%}
    {%- set is_late = 'claimed.day is not null and not coalesce('
        ~ is_in_its_file ~ ' or (' ~ is_single ~ ' = loads.file_date), false)' -%}
    {%- set other = 'coalesce(nullif(claimed.file, loads.file), claimed.other_file)' -%}
    {{ return([
        (
            'claimed_loads.load_id is not null',
            'conflict', "'it has no day, and another file is for days of its file'",
        ),
        ('claimed.other_file is not null', 'conflict', "'its day is also in ' || " ~ other),
        (is_late ~ ' and not claimed.is_declared', 'conflict', "'its day is also in ' || " ~ other),
        (is_late, 'set_aside', "'a row of a day that counts from another file'"),
    ]) }}
{%- endmacro %}

{# Columns with an alias before each, as text for a select list. #}
{% macro qualified(alias, columns) -%}
    {%- for column in columns -%}
        {{ alias }}.{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The condition that two relations agree in some columns. #}
{% macro equal_in(left, right, columns) -%}
    {%- for column in columns -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The condition that none of some columns is null. #}
{% macro all_present(alias, columns) -%}
    {%- for column in columns -%}
        {{ alias }}.{{ column }} is not null{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# What makes two versions of a row the same: its columns besides its key and where it came from. #}
{% macro content_of(entity, keys) -%}
    {%- set names = columns_of(entity, without=keys + ['_load_id', '_row']).split(', ') -%}
    {%- set compared = ['versions.set_aside_reason'] -%}
    {%- for name in names if name | trim -%}
        {%- do compared.append('versions.' ~ name | trim) -%}
    {%- endfor -%}
    {{ return(compared) }}
{%- endmacro %}
