-- A small build file that passes every check, as of 2017-12-31 in New York: ten days of a shop with
-- 30 households, 30 orders of four lines a day, and one day (28 December) whose file was corrected.
-- No statement depends on the order of rows.

create schema raw; create schema cleaned; create schema identity; create schema aggregated;
create schema ml; create schema customer_view; create schema ops;

create table ops.current_run as
select
    'night-2017-12-31' as run_id, date '2017-12-31' as business_date,
    timestamp '2018-01-01 05:00:00' as as_of_utc, 'America/New_York' as timezone, 'USD' as currency,
    false as is_full_refresh;

create table ops.streams as
select system, stream, delivery, cast(expected_every_days as integer) as expected_every_days,
    may_be_empty, true as has_key, false as is_revised, false as sets_conflicts_aside,
    cast(null as varchar) as overlap, 0.1 as absent_at_most,
    system <> 'grocer_loyalty' and system <> 'grocer_catalogue' as is_received,
    cast(null as date) as active_from, '1.0.0' as contract_version, 'somebody' as owner
from (values
    ('grocer_till', 'transactions', 'partition', 1, false),
    ('grocer_loyalty', 'members', 'full_snapshot', 1, false),
    ('grocer_catalogue', 'products', 'full_snapshot', 7, false),
    ('grocer_campaigns', 'campaigns', 'partition', null, true),
    ('grocer_campaigns', 'coupons', 'partition', null, true),
    ('grocer_campaigns', 'sends', 'partition', null, true),
    ('grocer_campaigns', 'redemptions', 'partition', 1, true)
) as promises (system, stream, delivery, expected_every_days, may_be_empty);

create table ops.closed_days as
select 'grocer_till' as system, 'transactions' as stream, date '2017-01-01' as closed_date;
create table ops.marked_rows (load_id varchar, row_number bigint, mark varchar);
create table ops.claimed_days as
select '' as system, '' as stream, '' as part, date '2017-01-01' as day, true as is_touched where false;
create table ops.contract_problems as select '' as system, '' as problem where false;

create table ops.loads as
with arrivals as (
    select 'grocer_till' as system, 'transactions' as stream, day + 1 as number,
        date '2017-12-22' + cast(day as integer) as file_date, 0 as revision, 120 as row_count
    from range(10) as days (day)
    union all
    -- the correction of 28 December came with the files of the 30th
    select 'grocer_till', 'transactions', 11, date '2017-12-28', 1, 120
    union all
    select 'grocer_loyalty', 'members', day + 1, date '2017-12-22' + cast(day as integer), 0, 30
    from range(10) as days (day)
    union all
    select 'grocer_catalogue', 'products', 1, date '2017-12-29', 0, 4
    union all
    select 'grocer_campaigns', 'campaigns', 1, date '2017-12-22', 0, 2
    union all
    select 'grocer_campaigns', 'coupons', 1, date '2017-12-22', 0, 4
    union all
    select 'grocer_campaigns', 'sends', 1, date '2017-12-22', 0, 60
    union all
    select 'grocer_campaigns', 'redemptions', day + 1, date '2017-12-22' + cast(day as integer), 0,
        case when day = 3 then 0 else 2 end
    from range(10) as days (day)
)
select
    system || '.' || stream || '.' || format('{:06d}', number) as load_id,
    cast(number as bigint) as number, system, stream, stream || '_' || file_date as file,
    md5(system || stream || number) as sha256, cast(1000 as bigint) as bytes, 'utf-8' as encoding,
    cast(null as date) as first_date, file_date, '' as part, cast(revision as integer) as revision, cast(0 as integer) as supplement,
    cast(row_count as bigint) as rows_read,
    cast(row_count as bigint) as rows_loaded, cast(0 as bigint) as rows_quarantined,
    cast(0 as bigint) as totals_skipped, cast(0 as bigint) as comments_skipped,
    cast(null as varchar) as duplicate_of,
    case when stream = 'transactions' and number = 7 then 'grocer_till.transactions.000011' end
        as superseded_by,
    '1.0.0' as contract_version, cast(null as varchar) as contender,
    case when row_count = 0 then 'empty' else 'loaded' end as status,
    '' as reason,
    -- 120 lines of 1.00 to 7.00 net, 18 of the first and 17 of the others
    case when stream = 'transactions' then cast(477 as decimal(38, 8)) end as control_total,
    cast(null as varchar) as raw_file, case when number = 11 then date '2017-12-30' else file_date end
        as load_date,
    'night' as run_id, timestamp '2018-01-01 05:00:00' as started_at_utc,
    timestamp '2018-01-01 05:00:00' as finished_at_utc,
    file_date = date '2017-12-31' and row_count > 0 as is_new
from arrivals;

create table ops.snapshots as
select system, stream, file_date, true as is_complete, '' as missing_parts,
    cast(0 as bigint) as unread_rows, rows_loaded as row_count, rows_loaded as active_count,
    cast(null as date) as next_complete_date
from ops.loads where system in ('grocer_loyalty', 'grocer_catalogue') and stream <> 'promotions';

create view raw.grocer_till__transactions as
select load_id as _load_id from ops.loads cross join range(120)
where is_new and stream = 'transactions';
create view raw.grocer_loyalty__members as
select load_id as _load_id from ops.loads cross join range(30) where is_new and stream = 'members';
create view raw.grocer_campaigns__redemptions as
select load_id as _load_id from ops.loads cross join range(2)
where is_new and stream = 'redemptions';

create table cleaned.int_order_lines_received as
with lines as (
    select loads.load_id, loads.file_date, loads.superseded_by, line
    from ops.loads cross join range(120) as lines (line)
    where loads.stream = 'transactions'
)
select
    'grocer_till' as source_system,
    'b' || file_date || '-' || line // 4 as order_id, 'p' || line % 4 as order_line_id,
    'loyalty_member' as identifier_type, 'h' || line // 4 as identifier_value,
    's' || line // 4 % 3 as store_id, 'p' || line % 4 as product_id,
    cast(null as varchar) as store_id_space, cast(null as varchar) as product_id_space,
    cast(1 as bigint) as quantity, cast(1 as bigint) as unit_quantity,
    cast(1.50 + line % 7 as decimal(18, 4)) as gross_amount,
    cast(0.50 as decimal(18, 4)) as discount_amount, cast(0 as decimal(18, 4)) as coupon_amount,
    cast(1 + line % 7 as decimal(18, 4)) as net_amount,
    file_date + interval 20 hour as ordered_at, file_date as order_date,
    load_id as _load_id, cast(line as bigint) as _row,
    cast(null as varchar) as set_aside_reason,
    case when superseded_by is null then 'current' else 'superseded' end as row_state,
    case when superseded_by is not null then 'its file was corrected' end as state_reason
from lines;

create view cleaned.order_lines as
select * exclude (set_aside_reason, row_state, state_reason) from cleaned.int_order_lines_received
where row_state = 'current';

create table cleaned.int_refunds_received as
select
    'grocer_till' as source_system, 'r' || order_id as refund_id, order_id, order_line_id,
    identifier_type, identifier_value, store_id, product_id, quantity, net_amount as refund_amount,
    store_id_space, product_id_space, source_system as order_source_system,
    order_date as refund_date, _load_id, _row + 1000 as _row, set_aside_reason, row_state,
    state_reason
from cleaned.int_order_lines_received where false;
create view cleaned.refunds as from cleaned.int_refunds_received;

create table cleaned.int_days_restated as select date '2017-12-31' as restated_date;

create table cleaned.products as
select 'grocer_catalogue' as source_system, 'p' || product as product_id, 'GROCERY' as department,
    cast(null as varchar) as product_id_space,
    'grocer_catalogue.products.000001' as _load_id, cast(product as bigint) as _row,
    true as is_active, cast(null as date) as inactive_since
from range(4) as products (product);

create table cleaned.contact_records as
select 'grocer_loyalty' as source_system, 'h' || member as record_id,
    'loyalty_member' as identifier_type, 'h' || member as identifier_value,
    '45-54' as city, 'grocer_loyalty.members.000010' as _load_id, cast(member as bigint) as _row,
    true as is_active, cast(null as date) as inactive_since
from range(30) as members (member);

create table cleaned.int_campaigns_received as
select 'grocer_campaigns' as source_system, 'c' || campaign as campaign_id, 'Type A' as campaign_type,
    date '2017-12-22' as start_date, date '2018-01-22' as end_date,
    'grocer_campaigns.campaigns.000001' as _load_id, cast(campaign as bigint) as _row,
    'current' as row_state, cast(null as varchar) as state_reason
from range(2) as campaigns (campaign);

create view cleaned.campaigns as select * from cleaned.int_campaigns_received;

create table cleaned.int_messages_received as
select 'grocer_campaigns' as source_system, 'c' || send % 2 || '-h' || send // 2 as message_id,
    'c' || send % 2 as campaign_id, cast(null as varchar) as campaign_source_system, 'loyalty_member' as identifier_type,
    'h' || send // 2 as identifier_value, 'post' as channel, date '2017-12-22' as sent_date,
    'grocer_campaigns.sends.000001' as _load_id, cast(send as bigint) as _row,
    'current' as row_state, cast(null as varchar) as state_reason
from range(60) as sends (send);

create view cleaned.messages as select * from cleaned.int_messages_received;

create table cleaned.int_coupons_received as
select 'grocer_campaigns' as source_system, 'c0' as campaign_id, 'u1' as coupon_id,
    cast(null as varchar) as campaign_source_system, 'p' || product as product_id, 'grocer_campaigns.coupons.000001' as _load_id,
    cast(product as bigint) as _row, 'current' as row_state, cast(null as varchar) as state_reason
from range(4) as products (product);

create view cleaned.coupons as select * from cleaned.int_coupons_received;

create table cleaned.int_campaign_responses_received as
select 'grocer_campaigns' as source_system, 'h' || response || '-u1-c0-' || file_date as response_id,
    'c0' as campaign_id, cast(null as varchar) as campaign_source_system, 'u1' as coupon_id,
    'loyalty_member' as identifier_type,
    'h' || response as identifier_value, 'coupon_redeemed' as response_type,
    file_date as response_date, load_id as _load_id, cast(response as bigint) as _row,
    'current' as row_state, cast(null as varchar) as state_reason
from ops.loads cross join range(2) as responses (response)
where stream = 'redemptions' and status = 'loaded';

create view cleaned.campaign_responses as select * from cleaned.int_campaign_responses_received;

create table cleaned.int_promotions_received as
select 'grocer_catalogue' as source_system, 'a' as promotion_id, 'p0' as product_id, '' as _load_id,
    0 as _row, 'current' as row_state, '' as state_reason where false;

create table cleaned.int_snapshots_received as
select load_id, system, stream, number = max(number) over (partition by system, stream) as is_last,
    case when not is_last then file_date + 1 end as absent_since
from ops.loads where system in ('grocer_loyalty', 'grocer_catalogue');

create table cleaned.unused_descriptions as
select cast(null as varchar) as system, cast(null as varchar) as stream,
    cast(null as varchar) as load_id, cast(null as date) as load_date,
    cast(null as varchar) as entity, cast(null as varchar) as state_reason,
    cast(null as bigint) as row_count
where false;

create view cleaned.row_states as
with arrived as (
    select 'order_lines' as entity, _load_id, row_state, state_reason, net_amount as amount
    from cleaned.int_order_lines_received
    union all
    select 'campaigns', _load_id, row_state, state_reason, null from cleaned.int_campaigns_received
    union all
    select 'messages', _load_id, row_state, state_reason, null from cleaned.int_messages_received
    union all
    select 'coupons', _load_id, row_state, state_reason, null from cleaned.int_coupons_received
    union all
    select 'campaign_responses', _load_id, row_state, state_reason, null
    from cleaned.int_campaign_responses_received
)
select system, stream, arrived._load_id as load_id, load_date, entity, row_state, state_reason,
    count(*) as row_count,
    count(case when row_state = 'set_aside' then 1 end) as set_aside_count,
    cast(sum(amount) as decimal(38, 4)) as amount
from arrived inner join ops.loads on arrived._load_id = loads.load_id
group by all;

create table identity.int_identifiers_seen as
select 'till' as source_system, 'loyalty_member' as identifier_type,
    'h' || member as identifier_value
from range(30) as members (member);

create table identity.int_ids_seen as
select 'identifier' as id_kind, identifier_type, source_system, identifier_value as id_value
from identity.int_identifiers_seen;

create table identity.int_look_alikes as
select 'product' as id_kind, 'catalogue' as source_system, id from (values ('1'), ('01')) as ids (id);

create table identity.identifiers as
select md5('loyalty_member:h' || member) as identifier_id, 'loyalty_member' as identifier_type,
    'h' || member as identifier_value, date '2017-12-22' as first_seen_date
from range(30) as members (member);

create table identity.identifier_customers as
select identifier_id, 'k' || left(identifier_id, 12) as customer_id from identity.identifiers;

create table identity.customers as
select customer_id, date '2017-12-22' as first_seen_date from identity.identifier_customers;

create view aggregated.fct_order_lines as
select order_id, order_line_id, source_system, product_id, order_date, quantity, unit_quantity,
    gross_amount, discount_amount, coupon_amount, net_amount
from cleaned.order_lines;

create table aggregated.fct_orders as
select order_id, source_system, md5(identifier_type || ':' || identifier_value) as identifier_id,
    store_id, 'company' as store_id_space, max(ordered_at) as ordered_at_utc, order_date, count(*) as line_count,
    sum(unit_quantity) as unit_count, cast(sum(gross_amount) as decimal(18, 4)) as gross_amount,
    cast(sum(discount_amount) as decimal(18, 4)) as discount_amount,
    cast(sum(coupon_amount) as decimal(18, 4)) as coupon_amount,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount
from cleaned.order_lines
group by order_id, source_system, identifier_type, identifier_value, store_id, order_date;

create view aggregated.fct_refunds as
select source_system, refund_id, cast(null as varchar) as identifier_id, refund_date, refund_amount
from cleaned.refunds;

create table aggregated.dim_products as
select 'company' as product_id_space, product_id, source_system, department from cleaned.products;
create table aggregated.dim_stores as
select distinct 'company' as store_id_space, store_id, date '2017-12-22' as first_order_date
from cleaned.order_lines;
create table aggregated.dim_campaigns as
select source_system, campaign_id, campaign_type, start_date, end_date from cleaned.campaigns;

create table aggregated.fct_messages as
select source_system, message_id, campaign_id, md5(identifier_type || ':' || identifier_value) as identifier_id,
    sent_date
from cleaned.messages;
create table aggregated.fct_campaign_responses as
select source_system, response_id, campaign_id, md5(identifier_type || ':' || identifier_value) as identifier_id,
    coupon_id, response_date
from cleaned.campaign_responses;

create table aggregated.fct_identifier_days as
select identifier_id, order_date as activity_date, count(*) as order_count,
    sum(line_count) as line_count, sum(unit_count) as unit_count,
    cast(sum(gross_amount) as decimal(18, 4)) as gross_amount,
    cast(sum(discount_amount) as decimal(18, 4)) as discount_amount,
    cast(sum(coupon_amount) as decimal(18, 4)) as coupon_amount,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount
from aggregated.fct_orders
group by identifier_id, order_date;

create table aggregated.identifier_windows as
select identifier_id, window_days, sum(order_count) as order_count,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount
from aggregated.fct_identifier_days
cross join (values (7), (30), (90), (365)) as windows (window_days)
where activity_date > date '2017-12-31' - window_days
group by identifier_id, window_days;

create table aggregated.kpi_days as
select activity_date as business_date, cast(sum(net_amount) as decimal(18, 4)) as gross_revenue,
    cast(0 as decimal(18, 4)) as refund_amount,
    cast(sum(net_amount) as decimal(18, 4)) as net_revenue,
    cast(0 as decimal(18, 4)) as anonymous_revenue, 0 as anonymous_order_count,
    sum(order_count) as order_count,
    cast(sum(net_amount) / sum(order_count) as decimal(18, 4)) as average_order_value,
    count(*) as customer_count,
    case when activity_date = date '2017-12-22' then 30 else 0 end as new_customer_count,
    case when activity_date = date '2017-12-22' then 0 else 30 end as returning_customer_count,
    0.9 as repurchase_rate_90d
from aggregated.fct_identifier_days
group by activity_date;

create table ml.customer_scores as
select customer_id, date '2017-12-31' as as_of, 'loyal' as segment,
    cast(100 as decimal(18, 4)) as predicted_spend_90d, 0.1 as churn_probability
from identity.customers;

create table customer_view.customers as
select customer_id, date '2017-12-31' as as_of, min(activity_date) as first_order_date,
    max(activity_date) as last_order_date, sum(order_count) as order_count,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount, 3 as recency_score, 3 as frequency_score,
    3 as monetary_score, any_value(segment) as segment,
    any_value(predicted_spend_90d) as predicted_spend_90d,
    any_value(churn_probability) as churn_probability
from identity.customers
inner join identity.identifier_customers using (customer_id)
inner join aggregated.fct_identifier_days using (identifier_id)
inner join ml.customer_scores using (customer_id)
group by customer_id;

-- tables that only the grain checks read

create view cleaned.promotions as from cleaned.int_promotions_received;
create table aggregated.identifier_tastes as
select '' as identifier_id, '' as department, '' as category, '' as brand where false;
create table aggregated.int_identifiers_restated as select '' as identifier_id where false;
create table aggregated.int_activity_changes as select date '2017-12-31' as change_date;
create view aggregated.int_customer_days as
select identifier_id as customer_id, activity_date from aggregated.fct_identifier_days;
create table customer_view.int_customer_choices as
select '' as customer_id, '' as taste, '' as choice where false;
create view aggregated.int_sales_days as select business_date from aggregated.kpi_days;
create view cleaned.int_sales_received as
select source_system, order_id as row_key, order_line_id as line_key, _load_id, _row
from cleaned.int_order_lines_received;
create table cleaned.int_products_received as
select *, false as is_contested from cleaned.products;
create table cleaned.int_contact_records_received as
select *, false as is_contested from cleaned.contact_records;
create view cleaned.contact_attributes as
select source_system, record_id, 'a' as attribute_name from cleaned.contact_records;
create view customer_view.int_customer_refunds as from customer_view.customers;
create view customer_view.customer_attributes as
select customer_id, 'a' as attribute_name from customer_view.customers;
create view customer_view.customer_identifiers as
select customer_id, identifier_id from identity.identifier_customers;
create view customer_view.int_customer_attributes as from customer_view.customers;
create view customer_view.int_customer_campaigns as from customer_view.customers;
create view customer_view.int_customer_favourites as from customer_view.customers;
create view customer_view.int_customer_orders_scored as from customer_view.customers;
create view customer_view.int_customer_orders_summed as from customer_view.customers;
