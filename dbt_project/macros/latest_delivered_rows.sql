{#
    Of each key the row that was delivered last, unless the file that brought it was corrected.

    received    the model that holds every delivery
    keys        the columns that name a row
#}
{% macro latest_delivered_rows(received, keys) -%}
    with

    ranked as (

        select
            received.*,
            row_number() over (
                partition by {% for key in keys %}received.{{ key }}{{ ", " if not loop.last }}{% endfor %}
                order by {{ latest_delivery_first('loads') }}, received._row desc
            ) as standing,
            loads.superseded_by is not null as is_withdrawn
        from {{ received }} as received
        inner join {{ source('ops', 'loads') }} as loads on received._load_id = loads.load_id

    )

    select * exclude (standing, is_withdrawn)
    from ranked
    where standing = 1 and not is_withdrawn
{%- endmacro %}
