-- All clicks, and by each dimension alone: by minute from the clicks; by hour from the rows that the minutes got. They are grouped
-- already, so that level costs little; the tables add them up.
--
-- A click without user and address has no visitor (visitor_key 0): nobody could tell it from others. It is counted apart, and in no
-- sketch. An adjustment puts nobody into a sketch either: its click did, under the key that it had then. After an erasure the click has
-- another key, and its visitor would be counted twice. A deferred adjustment is about someone who clicked in another period.
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_minute_mv TO clicks_by_minute AS
SELECT
  tenant_id,
  toUInt8(255 - grouping(device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason)) AS dimensions,
  bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason,
  sum(sign) AS clicks, sumIf(sign, is_fraudulent = 1) AS fraud, sumIf(sign * cost_micros, is_fraudulent = 0) AS cost_micros,
  sumIf(sign, visitor_key = 0) AS without_visitor,
  uniqCombined64StateIf(14)(visitor_key, sign = 1 AND revision = 0 AND visitor_key != 0) AS users
FROM (SELECT *, toStartOfMinute(clicked_at, 'UTC') AS bucket FROM click_events)
GROUP BY GROUPING SETS (
  (tenant_id, bucket),
  (tenant_id, bucket, device_type),
  (tenant_id, bucket, os),
  (tenant_id, bucket, browser),
  (tenant_id, bucket, country),
  (tenant_id, bucket, advertiser_id),
  (tenant_id, bucket, campaign_id),
  (tenant_id, bucket, ad_id),
  (tenant_id, bucket, fraud_reason)
)
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_hour_mv TO clicks_by_hour AS
SELECT
  tenant_id, dimensions, toStartOfHour(bucket, 'UTC') AS bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id,
  fraud_reason, clicks, fraud, cost_micros, without_visitor, users
FROM clicks_by_minute
--;
-- A day that is folded already gets what comes late.
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_day_mv TO clicks_by_day AS
SELECT
  tenant_id, dimensions, day AS bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason,
  clicks, fraud, cost_micros, without_visitor, users
FROM (SELECT *, toDateTime(toStartOfDay(bucket, 'UTC'), 'UTC') AS day FROM clicks_by_hour)
WHERE day IN (SELECT day FROM day_folds)
--;

-- One dimension filtered by another: not by minute, which has hardly fewer rows than clicks. The client (device type,
-- system, browser) is kept whole: there are few of them, and three pairs share a grouping.
CREATE MATERIALIZED VIEW IF NOT EXISTS pairs_by_hour_mv TO clicks_by_hour AS
SELECT
  tenant_id,
  toUInt8(2 * (127 - grouping(device_type, os, browser, country, advertiser_id, campaign_id, ad_id))) AS dimensions,
  bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, '' AS fraud_reason,
  sum(sign) AS clicks, sumIf(sign, is_fraudulent = 1) AS fraud, sumIf(sign * cost_micros, is_fraudulent = 0) AS cost_micros,
  sumIf(sign, visitor_key = 0) AS without_visitor,
  uniqCombined64StateIf(14)(visitor_key, sign = 1 AND revision = 0 AND visitor_key != 0) AS users
FROM (SELECT *, toStartOfHour(clicked_at, 'UTC') AS bucket FROM click_events)
GROUP BY GROUPING SETS (
  (tenant_id, bucket, advertiser_id, campaign_id, ad_id),
  (tenant_id, bucket, country, advertiser_id),
  (tenant_id, bucket, country, campaign_id),
  (tenant_id, bucket, country, ad_id),
  (tenant_id, bucket, device_type, os, browser),
  (tenant_id, bucket, device_type, os, browser, country),
  (tenant_id, bucket, device_type, os, browser, advertiser_id),
  (tenant_id, bucket, device_type, os, browser, campaign_id),
  (tenant_id, bucket, device_type, os, browser, ad_id)
)
--;

-- The one grouping in which an adjustment does bring somebody: by the reason that it gives a click. A chunk without adjustments
-- adds no row here.
CREATE MATERIALIZED VIEW IF NOT EXISTS adjusted_users_mv TO clicks_by_minute AS
SELECT
  tenant_id, toUInt8(1) AS dimensions, bucket, '' AS device_type, '' AS os, '' AS browser, '' AS country, '' AS advertiser_id,
  '' AS campaign_id, '' AS ad_id, fraud_reason, toInt64(0) AS clicks, toInt64(0) AS fraud, toInt64(0) AS cost_micros,
  toInt64(0) AS without_visitor, uniqCombined64State(14)(visitor_key) AS users
FROM (SELECT *, toStartOfMinute(clicked_at, 'UTC') AS bucket FROM click_events)
WHERE sign = 1 AND revision > 0 AND deferred = 0 AND visitor_key != 0
GROUP BY tenant_id, bucket, fraud_reason
