-- A product that a campaign's coupon is good for: the latest delivery of it holds.

{{ latest_delivered_rows(
    ref('int_coupons_received'), ['source_system', 'campaign_id', 'coupon_id', 'product_id']
) }}
