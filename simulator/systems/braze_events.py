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

REPLIES = {
    "condition": "delivered_ms > 0 and happens(person || '-' || day, 'braze replies', 0.004)"
}

LINK = "if(happens(person || '-' || day, 'braze link', 0.7), 0, 1)"

SCANNED = """(
    select messages.*, place, {email} as address
    from messages
    inner join persons using (person)
    cross join range(3) as links (place)
)"""

SCANS = """
delivered_ms > 0 and regexp_matches(address, '@(outlook|work)[.]')
    and happens(person || '-' || day, 'braze scans', 0.25)
"""
"""Two mail providers have link scanners, which click within seconds."""

BOUNCED = {"condition": "is_bounced"}


def _drawn(name: str, most: int) -> str:
    """Return SQL for a draw below a number, for each message."""
    return f"roll(person || '-' || day, 'braze {name}', {most})"


REPLIED_AT = f"delivered_ms + 20000 + {_drawn('replied', 7_200_000)}"
SCANNED_AT = f"delivered_ms + 900 + 700 * place + {_drawn('scanned', 4_000)}"
BY_ROBOT = {"source": SCANNED, "number": "place", "condition": SCANS}

MESSAGES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("email.Send", "sent", "sent_ms", {}),
    ("email.Delivery", "delivered", "delivered_ms", {}),
    ("email.Open", "opened by a person", "opened_ms", {}),
    ("email.Open", "opened by a machine", "machine_opened_ms", {}),
    ("email.Click", "clicked by a person", "clicked_ms", {"number": LINK}),
    ("email.Click", "clicked by a robot", SCANNED_AT, BY_ROBOT),
    ("email.Bounce", "bounced", f"sent_ms + 1200 + {_drawn('bounced', 4_000)}", BOUNCED),
    ("pushnotification.Send", "sent", "sent_ms", {}),
    ("pushnotification.Open", "opened by a person", "opened_ms", {}),
    ("pushnotification.Bounce", "bounced", f"sent_ms + 400 + {_drawn('bounced', 2_000)}", BOUNCED),
    ("sms.Send", "sent", "sent_ms", {}),
    ("sms.Delivery", "delivered", "delivered_ms", {}),
    ("sms.DeliveryFailure", "bounced", f"sent_ms + 3000 + {_drawn('bounced', 30_000)}", BOUNCED),
    ("sms.ShortLinkClick", "clicked by a person", "clicked_ms", {}),
    ("sms.InboundReceive", "replied", REPLIED_AT, REPLIES),
)
"""What happens to a message: type of event, what it is in the truth, its time, and what else its
query has."""

CONTROL = """
select
    'users.campaigns.EnrollInControl' as event,
    2 * person as profile,
    channel,
    day as campaign_day,
    hour_ms({day}, {hour}) + roll(person || '-' || day, 'braze control', minutes_ms(15)) as at_ms,
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
        permissions.person, permission, is_given,
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
    for event, what, at, other in MESSAGES:
        filled = usual | other | {"event": f"users.messages.{event}", "what": what, "at": at}
        filled["source"] = filled["source"].format(email=EMAIL)
        channel = channels[event.split(".")[0].removesuffix("notification")]
        yield MESSAGE.format(channel=channel, **filled, **span)
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
