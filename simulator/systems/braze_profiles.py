"""The profiles and campaigns of Braze's events: tables for ``braze_events.py``."""

EMAIL = "if(happens(person, 'braze newer e-mail', 0.3), any_email, email)"
"""Some have given their newer address."""

USERS = """
create or replace temp table braze_users as
with found as (
    -- push and messages in the app are to a device
    select profile, bool_or(channel in ({push}, -1)) as uses_app
    from braze_events group by profile
),

profiles as (
    select
        found.*,
        persons.*,
        if(uses_app, uuid_of('braze device ' || person), null) as device,
        uses_app and happens(person, 'braze advertising', if(is_ios, 0.25, 0.7)) as shows_ads,
        if(shows_ads, uuid_of('braze advertising ' || person), null) as advertising,
        if(uses_app, md5('braze token ' || person), null) as token
    from found inner join persons on found.profile // 2 = persons.person
)

select
    profile,
    person,
    if(is_ios, 'ios', 'android') as platform,
    printf('%08x', 86400 * if(profile % 2 = 0, joined_day, second_account_day))
    || substr(md5('braze user ' || profile), 1, 16) as user_id,
    case
        when profile % 2 = 1 then customer_id(second_email_number)::varchar
        when account_day <= {day} then customer_id(email_number)::varchar
    end as external_user_id,
    if(happens(profile, 'braze time zone', 0.03), null, 'Asia/Seoul') as timezone,
    if(profile % 2 = 1, second_email, {email}) as email_address,
    if(
        phone like '0%',
        '+82' || replace(substr(phone, 2), '-', ''),
        '+' || regexp_replace(phone, '[^0-9]', '', 'g')
    ) as phone_number,
    if(roll(person, 'braze reads on', 100) < 35, 'computer', platform) as reads_on,
    if(uses_app, uuid_of('braze app for ' || platform), null) as app_id,
    if(is_ios, upper(device), device) as device_id,
    if(is_ios, upper(advertising), advertising) as ad_id,
    case when shows_ads then if(is_ios, 'ios_idfa', 'google_ad_id') end as ad_id_type,
    shows_ads as ad_tracking_enabled,
    if(
        is_ios,
        token || md5(token),
        substr(token, 1, 22) || ':APA91b' || md5(token) || upper(md5('1' || token))
        || md5('2' || token) || upper(md5('3' || token))
    ) as push_token,
    case
        when not uses_app then null
        when is_ios then one_of(['18.3.1', '18.1', '17.6.1', '16.7.10'], person, 'braze system')
        else one_of(['15', '14', '14', '13'], person, 'braze system')
    end as os_version,
    case
        when not uses_app then null
        when is_ios then
            one_of(['iPhone16,1', 'iPhone15,2', 'iPhone14,5', 'iPhone12,1'], person, 'braze model')
        else one_of(['SM-S921N', 'SM-S911N', 'SM-A546S', 'SM-F946N'], person, 'braze model')
    end as device_model
from profiles
"""
"""Twice the person's number is the first account's profile, one more is the second account's."""

CAMPAIGNS = """
create or replace temp table braze_campaigns as
with ran as (
    select
        channel,
        day,
        message_campaign_id(channel, day) as campaign_id,
        message_campaign_name(channel, day, theme) as campaign_name,
        channel_name || ' ' || date_of(day) as campaign_key,
        category_name
    from campaigns
    inner join channels using (channel)
    left join (select distinct category, category_name from products) as categories
        on campaigns.theme = categories.category
    union all
    select distinct
        -1,
        campaign_day,
        uuid_of('in-app campaign ' || campaign_day),
        'In-app ' || date_of(campaign_day) || ' '
        || ['Turn on push', 'Welcome coupon', 'App-only deals', 'Rate us']
        [campaign_day // 7 % 4 + 1],
        'in-app ' || date_of(campaign_day),
        null
    from braze_events where channel = -1
)

select
    *,
    printf('%08x', day * 86400) || substr(md5('dispatch ' || campaign_id), 1, 16) as dispatch_id,
    if(category_name is null, null, '{"theme":"' || category_name || '"}') as message_extras,
    '/' || coalesce('collections/' || slug_of(category_name), '') as page,
    '&utm_campaign=' || slug_of(campaign_name) || '&utm_id=' || campaign_id as tags
from ran
"""
