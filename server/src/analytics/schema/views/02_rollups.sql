-- Minutes are folded from the raw clicks of many chunks (rollups/fold.ts); what an insert adds to them is passed on to the hours. It is
-- grouped already, so that level costs little; the tables add it up.
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_hour_mv TO clicks_by_hour AS
SELECT
  tenant_id, dimensions, toStartOfHour(bucket, 'UTC') AS bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id,
  fraud_reason, clicks, fraud, cost_micros, without_visitor, users, upto
FROM clicks_by_minute
--;
-- A day that is folded already gets what comes late.
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_day_mv TO clicks_by_day AS
SELECT
  tenant_id, dimensions, day AS bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason,
  clicks, fraud, cost_micros, without_visitor, users, upto
FROM (SELECT *, toDateTime(toStartOfDay(bucket, 'UTC'), 'UTC') AS day FROM clicks_by_hour)
WHERE day IN (SELECT day FROM day_folds)
