"""The query behind Zendesk's tickets: their words, and the JSON that is made of them.

It continues from each ticket's state at midnight (``zendesk_lives.py``).
"""

from simulator.common.contact_forms import known_phone
from simulator.words.text_lists import list_join

MACROS = """
-- nobody works from nine in the evening to nine in the morning
create macro if not exists at_work(ms) as ms + case
    when ms_of_day(ms) < hours_ms(9) then hours_ms(9) - ms_of_day(ms) + ms % minutes_ms(90)
    when ms_of_day(ms) >= hours_ms(21) then hours_ms(33) - ms_of_day(ms) + ms % minutes_ms(90)
    else 0
end;
-- milliseconds between nine and nine since 1970
create macro if not exists hours_worked(ms) as
    korea_day(ms) * hours_ms(12) + least(greatest(ms_of_day(ms) - hours_ms(9), 0), hours_ms(12));
-- minutes of the calendar and of work from a ticket's beginning; null if it has not come to it yet
create macro if not exists zendesk_minutes(until) as if(
    coalesce(until > updated_ms, true),
    struct_pack(calendar := null::bigint, business := null::bigint),
    struct_pack(
        calendar := (until - at_ms) // 60000,
        business := (hours_worked(until) - hours_worked(at_ms)) // 60000
    )
);
-- one of a ticket's comments; null if it has not been written yet
create macro if not exists zendesk_comment(number, author, text, is_open, ms) as if(
    ms <= updated_ms,
    struct_pack(
        id := ticket_id * 10 + number,
        author_id := author,
        body := text,
        html_body := '<div class="zd-comment" dir="auto"><p>' || replace(replace(replace(replace(
            text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), chr(10), '<br>') || '</p></div>',
        public := is_open,
        created_at := utc_iso(ms)
    ),
    null
);
"""

_PHONE = known_phone("day")

WORDS = rf"""
worded as (
    select
        rated.*,
        if(is_test, 'TEST - 무시해 주세요', filled_in(
            one_of(subjects.words, text_key, 'zendesk subject'), noun, 0
        )) as subject,
        one_of(['. ', ' ', chr(10), chr(10)], text_key, 'zendesk mark') as mark,
        [
            one_of(openings.words, text_key, 'zendesk opening'),
            case
                when not happens(text_key, 'zendesk order', 0.55) then null
                when is_english then one_of(
                    ['Order ', 'My order is ', 'order no. '], text_key, 'zendesk order form'
                ) || order_name(visit_id)
                else one_of(['주문번호 ', '주문번호: ', '주문 '], text_key, 'zendesk order form')
                || if(
                    happens(text_key, 'zendesk order plain', 0.4),
                    order_number(visit_id)::varchar, order_name(visit_id)
                )
            end,
            filled_in(one_of(requests.words, text_key, 'zendesk request'), noun, 0),
            case forbidden
                when 'card' then if(
                    is_english, 'My card is 4111 1111 1111 1111',
                    '카드번호 4111 1111 1111 1111 로 결제했습니다'
                )
                when 'resident number' then if(
                    is_english, 'My registration number is 991332-1234567',
                    '본인 확인용 주민번호 991332-1234567 입니다'
                )
            end,
            if(
                happens(text_key, 'zendesk phone', 0.12),
                if(is_english, 'Phone: ', '연락처 ') || phone_as_written({_PHONE}, text_key), null
            ),
            if(
                happens(text_key, 'zendesk closes', 0.7),
                one_of(closings.words, text_key, 'zendesk closing'), null
            )
        ] as parts,
        one_of(answers.words, text_key, 'zendesk answer') as answer,
        one_of({{words[ticket follow-up]}}, text_key, 'zendesk follow-up text') as follow_up,
        one_of({{words[ticket last words]}}, text_key, 'zendesk last text') as last_words,
        one_of(
            if(is_good, {{words[good rating]}}, {{words[bad rating]}}),
            text_key, 'zendesk rating text'
        ) as rating_comment
    from rated
    {list_join("subjects", "'subject'", "rated.topic")}
    {list_join("requests", "'request'", "rated.topic")}
    {list_join("answers", "'answer'", "rated.topic")}
    {list_join("openings", "'ticket opening'", "rated.temper")}
    {list_join("closings", "'ticket closing'", "rated.temper")}
),

described as (
    select
        *,
        list_reduce(
            list_filter(parts, lambda part: part is not null),
            lambda before, after: and_then(before, mark, after)
        ) as clean_description,
        if(is_test, ['test'], [topic, written_in]) as tags,
        case
            when person is null then '"접수 테스트"입니다. 처리하지 마세요.'
            when not slips(text_key, 'zendesk mistyped', 0.1) then clean_description
            when is_english then mistyped_english(clean_description, text_key)
            else mistyped_korean(clean_description, text_key)
        end as description
    from worded
)

select * from described
"""
"""The messages in a ticket, from both sides."""

TICKETS = """
select
    to_json(struct_pack(
        url := 'https://dangolmart.zendesk.example/api/v2/tickets/' || ticket_id || '.json',
        id := ticket_id,
        external_id := null::varchar,
        created_at := utc_iso(at_ms),
        updated_at := utc_iso(updated_ms),
        type := one_of(
            ['question', 'question', 'incident', 'problem', null], text_key, 'zendesk type'
        ),
        subject := subject,
        raw_subject := subject,
        description := description,
        priority := case
            when temper = 'angry' then 'urgent'
            when temper in ('unhappy', 'sarcastic') then 'high'
            else one_of(['normal', 'normal', 'low', null], text_key, 'zendesk priority')
        end,
        status := status,
        recipient := if(channel = 'email', 'help@dangolmart.example', null),
        requester_id := requester_id,
        submitter_id := requester_id,
        assignee_id := assignee_id,
        organization_id := null::bigint,
        group_id := if(assignee_id is null, null, {first_group} + ({groups})[agent + 1]),
        collaborator_ids := []::bigint[],
        follower_ids := []::bigint[],
        forum_topic_id := null::bigint,
        problem_id := null::bigint,
        has_incidents := false,
        is_public := true,
        due_at := null::varchar,
        tags := tags,
        custom_fields := [
            struct_pack(
                id := 360000000101,
                value := to_json(if(
                    happens(text_key, 'zendesk order field', 0.5) and not is_test,
                    order_name(visit_id), null
                ))
            ),
            struct_pack(id := 360000000102, value := to_json('topic_' || topic)),
            struct_pack(id := 360000000103, value := to_json(topic = 'refund')),
            struct_pack(id := 360000000104, value := 'null'::json)
        ],
        satisfaction_rating := struct_pack(
            id := if(offered_ms <= updated_ms, 23000000000000 + ticket_id, null),
            score := case
                when rated_ms <= updated_ms then if(is_good, 'good', 'bad')
                when offered_ms <= updated_ms then 'offered'
                else 'unoffered'
            end,
            comment := if(
                rated_ms <= updated_ms and happens(text_key, 'zendesk rating comment', 0.45),
                rating_comment, null
            ),
            reason := if(
                rated_ms <= updated_ms and not is_good,
                one_of({words[zendesk reason]}, text_key, 'zendesk reason'), null
            )
        ),
        via := struct_pack(
            channel := channel,
            source := struct_pack(
                "from" := if(
                    channel = 'email',
                    json_object('address', requester_email, 'name', requester_name),
                    json_object()
                ),
                "to" := if(
                    channel = 'email',
                    json_object('name', '단골마트 고객센터', 'address', 'help@dangolmart.example'),
                    json_object()
                ),
                rel := null::varchar
            )
        ),
        brand_id := 360000000001,
        ticket_form_id := 360000000011 + (written_in = 'en')::int,
        followup_ids := []::bigint[],
        sharing_agreement_ids := []::bigint[],
        comments := list_filter([
            zendesk_comment(0, requester_id, description, true, at_ms),
            zendesk_comment(
                1, {first_agent} + agent, '담당자 메모: "' || topic || '" 건, 고객 이력 확인함',
                false, note_ms
            ),
            zendesk_comment(2, {first_agent} + agent, answer, true, reply_ms),
            zendesk_comment(3, requester_id, follow_up, true, follow_ms),
            zendesk_comment(4, {first_agent} + agent, last_words, true, solved_ms)
        ], lambda each: each is not null),
        metric_set := struct_pack(
            id := 24000000000000 + ticket_id,
            ticket_id := ticket_id,
            created_at := utc_iso(at_ms),
            updated_at := utc_iso(updated_ms),
            group_stations := (assignee_id is not null)::int,
            assignee_stations := (assignee_id is not null)::int,
            reopens := 0,
            replies := (reply_ms <= updated_ms)::int
                + coalesce(solved_ms <= updated_ms, false)::int,
            initially_assigned_at := if(status = 'new', null, utc_iso(reply_ms)),
            assigned_at := if(status = 'new', null, utc_iso(reply_ms)),
            requester_updated_at := utc_iso(if(follow_ms <= updated_ms, follow_ms, at_ms)),
            solved_at := if(solved_ms <= updated_ms, utc_iso(solved_ms), null),
            reply_time_in_minutes := zendesk_minutes(reply_ms),
            first_resolution_time_in_minutes := zendesk_minutes(solved_ms),
            full_resolution_time_in_minutes := zendesk_minutes(solved_ms)
        )
    ))::varchar as ticket,
    person as _person,
    case
        when forbidden is null then truth
        else json_merge_patch(truth::json, json_object('forbidden', forbidden))::varchar
    end as _key,
    case when person is not null and description <> clean_description
        then clean_description end as _clean_description
from updated
order by updated_ms, ticket_id
"""
