"""Customer care: Zendesk's tickets, every night, and their users, every week.

A file of tickets contains those that were created or updated on the day, in full, one JSON object
per line: a ticket appears again when it is answered, solved, rated and closed, up to six days after
it was opened. Users are the people who asked in the seven days before, and the agents. Some
customers type what must never be stored: card and resident numbers (made up: test numbers). The
incremental export, the files' names and the custom fields are our own convention.
"""

from simulator import data
from simulator.common.once import write_once
from simulator.company import day_number
from simulator.export import Export, Exports, Lines, Night
from simulator.systems.zendesk_lives import LIVES, STATES
from simulator.systems.zendesk_tickets import MACROS, TICKETS, WORDS
from simulator.words.text_lists import sql_list, sql_words
from simulator.words.texts import create_texts

NAME = "zendesk"

AGENTS = data.columns("words/care_agents")
"""Name in Latin letters, displayed name, group: delivery, goods and refunds, app, foreigners."""

USERS = """
with customers as (
    select
        requester_id as id,
        requester_name as name,
        requester_email as email,
        case when happens(requester_id, 'zendesk has phone', 0.45)
            then phone_as_written(phone, requester_id) end as phone,
        case when account_day <= {day} and not is_second and not is_mistyped
            then customer_id(email_number)::varchar end as external_id,
        -- the shop makes its customers known when they come; others write first
        case
            when is_mistyped then at_ms
            else least(at_ms, hour_ms(case
                when is_second then second_email_day
                when account_day <= {day} then account_day
                else joined_day
            end, 9) + roll(requester_id, 'zendesk joined', hours_ms(15)))
        end as created_ms,
        at_ms as updated_ms,
        if(written_in = 'en', 'en-US', 'ko') as locale,
        'end-user' as role,
        not is_mistyped as is_verified,
        null::varchar as alias,
        person,
        if(is_mistyped, clean_email, null) as clean_email
    from zendesk_lives
    where person is not null and day between {day} - 6 and {day}
    qualify row_number() over (partition by requester_id order by at_ms desc, text_key) = 1
),

agents as (
    select
        {first_agent} + number as id,
        ({names})[number + 1] as name,
        'agent' || (number + 1) || '@dangolmart.example' as email,
        null as phone,
        null as external_id,
        hour_ms({opened} - 20 - number * 11, 9) as created_ms,
        hour_ms({day}, 10) + number * 97000 as updated_ms,
        'ko' as locale,
        if(number = 0, 'admin', 'agent') as role,
        true as is_verified,
        ({latin})[number + 1] as alias,
        null as person,
        null as clean_email
    from (select unnest(range({agents})) as number)
),

users as (
    from customers union all by name from agents
)

select
    to_json(struct_pack(
        id := id,
        url := 'https://dangolmart.zendesk.example/api/v2/users/' || id || '.json',
        name := name,
        email := email,
        created_at := utc_iso(created_ms),
        updated_at := utc_iso(updated_ms),
        time_zone := 'Seoul',
        iana_time_zone := 'Asia/Seoul',
        phone := phone,
        locale := locale,
        organization_id := null::bigint,
        role := role,
        verified := is_verified,
        external_id := external_id,
        tags := []::varchar[],
        alias := alias,
        active := true,
        shared := false,
        suspended := false,
        notes := null::varchar,
        details := null::varchar
    ))::varchar as "user",
    person as _person,
    id as _key,
    clean_email as _clean_email
from users
order by updated_ms, id
"""


def exports(night: Night) -> Exports:
    """List the files of a night: tickets every night, users on Sundays."""
    create_texts(night.connection)
    night.connection.execute(MACROS)
    values = {
        "day": night.day,
        "until_ms": night.end_ms,
        "opened": day_number(night.company.opened),
        # more than ever arrive in a day, so that numbers rise from day to day
        "tickets_a_day": night.company.customers // 100 + 30,
        "first_agent": 20_900_000_000_100,
        "first_group": 20_800_000_000_010,
        "groups": f"[{', '.join(AGENTS['group'])}]",
        "names": sql_list(AGENTS["name"]),
        "latin": sql_list(AGENTS["latin"]),
        "agents": len(AGENTS["name"]),
        "words": sql_words(),
    }
    lives = (LIVES + WORDS).format(**values)
    write_once(night.connection, "zendesk_lives", lives)
    tickets = (STATES + TICKETS).format(**values)
    yield Export(f"tickets_{night.date}.ndjson", tickets, Lines())
    if night.date.weekday() == 6:
        yield Export(f"users_{night.date}.ndjson", USERS.format(**values), Lines())
