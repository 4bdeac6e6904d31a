"""What Braze saw on a day, as tables: the events, their profiles and their campaigns.

``braze_events``
    a row an event: ``event`` (its type), ``profile``, ``channel`` and ``campaign_day`` (of the
    campaign; -1 for messages in the app, null where there is none), ``at_ms``, ``number`` (which
    link, or the visit) and ``what`` (what happened, for the truth).
``braze_users``
    a row a profile: twice the person's number, and one more for the second account.
``braze_campaigns``
    a row a campaign.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.common.reconfirmation import create_macros
from simulator.night import Night
from simulator.systems.braze_profiles import CAMPAIGNS, EMAIL, USERS
from simulator.world.campaigns import SEND_HOUR
from simulator.world.contacts import PERMISSIONS

MESSAGE = """
select
    '{event}' as event,
    2 * person as profile,
    channel,
    day as campaign_day,
    {at} as at_ms,
    {number} as number,
    '{what}' as what
from {source}
where channel = {channel} and {condition} and {at} >= {start} and {at} < {end}
"""

LINK = "if(happens(person || '-' || day, 'braze link', 0.7), 0, 1)"

SCANNED = """(
    select messages.*, place, {email} as address
    from messages
    inner join persons using (person)
    cross join range(3) as links (place)
)"""
"""Two mail providers have link scanners, which click within seconds."""

MESSAGES = (
    ("users.messages.email.Send", "email", {"at": "sent_ms", "what": "sent"}),
    ("users.messages.email.Delivery", "email", {"at": "delivered_ms", "what": "delivered"}),
    ("users.messages.email.Open", "email", {"at": "opened_ms", "what": "opened by a person"}),
    (
        "users.messages.email.Open",
        "email",
        {"at": "machine_opened_ms", "what": "opened by a machine"},
    ),
    (
        "users.messages.email.Click",
        "email",
        {"at": "clicked_ms", "number": LINK, "what": "clicked by a person"},
    ),
    (
        "users.messages.email.Click",
        "email",
        {
            "source": SCANNED,
            "number": "place",
            "condition": "delivered_ms > 0 and regexp_matches(address, '@(outlook|work)[.]')"
            " and happens(person || '-' || day, 'braze scans', 0.25)",
            "at": "delivered_ms + 900 + 700 * place"
            " + roll(person || '-' || day, 'braze scanned', 4000)",
            "what": "clicked by a robot",
        },
    ),
    (
        "users.messages.email.Bounce",
        "email",
        {
            "at": "sent_ms + 1200 + roll(person || '-' || day, 'braze bounced', 4000)",
            "condition": "is_bounced",
            "what": "bounced",
        },
    ),
    ("users.messages.pushnotification.Send", "push", {"at": "sent_ms", "what": "sent"}),
    (
        "users.messages.pushnotification.Open",
        "push",
        {"at": "opened_ms", "what": "opened by a person"},
    ),
    (
        "users.messages.pushnotification.Bounce",
        "push",
        {
            "at": "sent_ms + 400 + roll(person || '-' || day, 'braze bounced', 2000)",
            "condition": "is_bounced",
            "what": "bounced",
        },
    ),
    ("users.messages.sms.Send", "sms", {"at": "sent_ms", "what": "sent"}),
    ("users.messages.sms.Delivery", "sms", {"at": "delivered_ms", "what": "delivered"}),
    (
        "users.messages.sms.DeliveryFailure",
        "sms",
        {
            "at": "sent_ms + 3000 + roll(person || '-' || day, 'braze bounced', 30000)",
            "condition": "is_bounced",
            "what": "bounced",
        },
    ),
    (
        "users.messages.sms.ShortLinkClick",
        "sms",
        {"at": "clicked_ms", "what": "clicked by a person"},
    ),
    (
        "users.messages.sms.InboundReceive",
        "sms",
        {
            "at": "delivered_ms + 20000 + roll(person || '-' || day, 'braze replied', 7200000)",
            "condition": "delivered_ms > 0"
            " and happens(person || '-' || day, 'braze replies', 0.004)",
            "what": "replied",
        },
    ),
)
"""What happens to a message: type of event, channel, and the parts of the query that differ."""

CONTROL = """
select
    'users.campaigns.EnrollInControl' as event,
    2 * person as profile,
    channel,
    day as campaign_day,
    {start} + {hour} * 3600000 + roll(person || '-' || day, 'braze control', 900000) as at_ms,
    0 as number,
    'held out' as what
from messages
where is_held_out and channel = {channel} and day = {day}
"""

SHOWN = """
select
    'users.messages.inappmessage.{name}' as event,
    2 * person + (account = 2)::bigint as profile,
    -1 as channel,
    -- the campaigns change on Mondays
    (day + 3) // 7 * 7 - 3 as campaign_day,
    started_ms + 2000 + roll(visit_id, 'braze shows', 8000) {later} as at_ms,
    visit_id as number,
    '{what}' as what
from visits
where place = 1 and happens(visit_id, 'braze in-app', 0.3) and {condition}
    and at_ms >= {start} and at_ms < {end}
"""

CHANGES = """
with changes as (
    select
        permissions.person,
        permission,
        is_given,
        [email_from, push_from, sms_from][permission + 1] as since,
        [email_until, push_until, sms_until][permission + 1] as until,
        not is_given and has_lapsed(permissions.person, since, until) as is_lapse,
        -- the last message, to which the withdrawal may be the answer
        max(messages.day) as campaign_day,
        case
            when is_given then said_ms(permissions.person, {day})
            when is_lapse then {start}
            else left_ms(permissions.person, permission, {day})
        end as at_ms,
        way_out(permissions.person, permission) as way
    from permissions
    inner join persons on permissions.person = persons.person
    left join messages
        on permissions.person = messages.person
        and messages.channel = [{email}, {push}, {sms}][permission + 1]
        and messages.delivered_ms > 0
        and not is_given
        and messages.day between {day} - 2 and {day} - 1
    where permissions.day = {day} and permission < 3
        and (permission <> {push_permission} or app_day <= {day})
    group by all
),

ways as (
    select
        * replace (
            if(
                permission = {push_permission} or is_lapse
                or way >= if(permission = {sms_permission}, 10, 75), null, campaign_day
            ) as campaign_day
        )
    from changes
)

select
    case
        when permission = {sms_permission} then 'users.messages.sms.InboundReceive'
        when way < 15 then 'users.messages.email.MarkAsSpam'
        else 'users.messages.email.Unsubscribe'
    end as event,
    2 * person as profile,
    if(permission = {sms_permission}, {sms}, {email}) as channel,
    campaign_day,
    at_ms,
    0 as number,
    'withdrawn by a message' as what
from ways
where campaign_day is not null
union all
select
    'users.behaviors.subscription.GlobalStateChange',
    2 * person,
    if(permission = {email_permission}, {email}, {push}),
    campaign_day,
    if(campaign_day is null, at_ms, at_ms + 1000),
    0,
    case
        when is_given then 'given'
        when is_lapse then 'lapsed'
        when campaign_day is not null then 'withdrawn by a message'
        else 'withdrawn'
    end
from ways
where permission <> {sms_permission}
"""
"""SMS subscriptions are Braze subscription groups, not a global state."""

TWICE = """
insert into braze_events
select * from braze_events
where slips(
    concat_ws(' ', event, profile, channel, campaign_day, number, what), 'braze twice', 0.0005
)
"""


def find_events(night: Night) -> list[str]:
    """Fill the tables with what happened on a day.

    Returns
    -------
    list of str
        The types of event that happened.
    """
    parts = " union all ".join(f"({part})" for part in _parts(night))
    execute = night.connection.execute
    create_macros(night.connection)
    execute(f"create or replace temp table braze_events as {parts}")
    execute(TWICE)
    execute(USERS.format(day=night.day, email=EMAIL, push=_channels(night)["push"]))
    execute(CAMPAIGNS)
    found = execute("select distinct event from braze_events").fetchall()
    return [row[0] for row in found]


def _parts(night: Night) -> Iterator[str]:
    """Write the queries whose combined rows are the day's events."""
    channels = _channels(night)
    span = {"day": night.day, "start": night.start_ms, "end": night.end_ms}
    usual = {"source": "messages", "number": "0", "condition": "true"}
    for event, name, parts in MESSAGES:
        filled = usual | parts
        filled["source"] = filled["source"].format(email=EMAIL)
        yield MESSAGE.format(event=event, channel=channels[name], **filled, **span)
    for name, hour in SEND_HOUR.items():
        yield CONTROL.format(channel=channels[name], hour=hour, **span)
    for name, what, later, condition in (
        ("Impression", "shown", "", "true"),
        (
            "Click",
            "tapped",
            "+ 1500 + roll(visit_id, 'braze taps', 15000)",
            "happens(visit_id, 'braze in-app click', 0.12)",
        ),
    ):
        yield SHOWN.format(name=name, what=what, later=later, condition=condition, **span)
    permissions = {f"{name}_permission": number for number, name in enumerate(PERMISSIONS)}
    yield CHANGES.format(**channels, **permissions, **span)


def _channels(night: Night) -> dict[str, int]:
    """Return the position of each channel by its name."""
    return {channel.name: number for number, channel in enumerate(night.company.channels)}
