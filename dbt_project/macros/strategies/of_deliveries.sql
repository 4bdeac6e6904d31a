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
    Where rows are told by place: the days that a delivery claims, and what becomes of rows of them. A
    row without a day of its own can't be told from those of another file for its days.

    day     the column with a row's day, or none
#}
{% macro claimed_days(day) -%}
    {%- if day -%}
    select
        claimed_days.system,
        claimed_days.stream,
        claimed_days.part,
        claimed_days.day,
        claimed_days.first_date,
        claimed_days.last_date,
        claimed_days.file,
        claimed_days.other_file,
        claimed_days.is_declared,
        claimed_days.is_touched
    from {{ source('ops', 'claimed_days') }} as claimed_days
    {%- else -%}
    select
        loads.load_id,
        max(case when claimed_days.is_touched then 1 else 0 end) = 1 as is_touched
    from loads
    inner join {{ source('ops', 'claimed_days') }} as claimed_days
        on {{ equal_in('loads', 'claimed_days', ['system', 'stream', 'part']) }}
    where
        (loads.file_date is null or claimed_days.day between loads.first_date and loads.file_date)
        and not {{ counts_from_its_file('claimed_days') }}
    group by loads.load_id
    {%- endif -%}
{%- endmacro %}

{# The condition that rows, joined to their loads, are of a claimed day. #}
{% macro is_of_claimed(rows, day) -%}
    {%- if day -%}
        {{ equal_in('loads', 'claimed', ['system', 'stream', 'part']) }}
        {{- ' and ' ~ rows ~ '.' ~ day ~ ' = claimed.day' }}
    {%- else -%}
        {{ rows }}._load_id = claimed.load_id
    {%- endif -%}
{%- endmacro %}

{% macro counts_from_its_file(claimed) -%}
    coalesce(
        {{ claimed }}.first_date = loads.first_date and {{ claimed }}.last_date = loads.file_date, false
    )
{%- endmacro %}

{#
    What becomes of rows of claimed days: condition, state and reason. A late row, or one from beyond the
    days of its file, counts only if all that counts for its day are files of single days.
#}
{% macro verdicts_on_claimed(day) -%}
    {%- if not day -%}
        {{ return([(
            'claimed.load_id is not null',
            'conflict', "'its rows have no day, and another file is for its days'",
        )]) }}
    {%- endif -%}
    {%- set is_in_its_file = 'claimed.day between loads.first_date and loads.file_date' -%}
    {%- set is_single = 'claimed.first_date = claimed.last_date and loads.first_date' -%}
    {%- set is_late = 'claimed.day is not null and not coalesce('
        ~ is_in_its_file ~ ' or (' ~ is_single ~ ' = loads.file_date), false)' -%}
    {%- set other = 'coalesce(nullif(claimed.file, loads.file), claimed.other_file)' -%}
    {{ return([
        ('claimed.other_file is not null', 'conflict', "'its day is also in ' || " ~ other),
        (
            is_in_its_file ~ ' and not ' ~ counts_from_its_file('claimed'),
            'superseded', "'its day counts from another file'",
        ),
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

{# What makes two versions of a row the same: its columns besides its key and where it came from. #}
{% macro content_of(entity, keys) -%}
    {%- set names = columns_of(entity, without=keys + ['_load_id', '_row']).split(', ') -%}
    {%- set compared = ['versions.set_aside_reason'] -%}
    {%- for name in names if name | trim -%}
        {%- do compared.append('versions.' ~ name | trim) -%}
    {%- endfor -%}
    {{ return(compared) }}
{%- endmacro %}
