-- Adjustments of verdicts: rows of click_events that count -1 (the verdict taken away) and +1 (the one that it got), so that
-- every sum over rows and rollups is right by adding signs.
ALTER TABLE click_events
  ADD COLUMN IF NOT EXISTS sign     Int8   DEFAULT 1 COMMENT '1, or -1 for a verdict that an adjustment takes away',
  ADD COLUMN IF NOT EXISTS revision UInt32 DEFAULT 0 COMMENT '0: as it came in; n: by the click''s n-th adjustment',
  ADD COLUMN IF NOT EXISTS deferred UInt8  DEFAULT 0 COMMENT '1: about a closed period, clicked_at is when it counts'
--;
ALTER TABLE flagged_clicks
  ADD COLUMN IF NOT EXISTS sign     Int8   DEFAULT 1,
  ADD COLUMN IF NOT EXISTS revision UInt32 DEFAULT 0,
  ADD COLUMN IF NOT EXISTS deferred UInt8  DEFAULT 0
--;
-- Views are made anew, never altered. After `MODIFY QUERY` a view has another identity in deduplication tokens than after the engine's
-- next start (ClickHouse 26.7), so that a chunk sent again over that start would count twice in what the view fills.
DROP VIEW IF EXISTS flagged_clicks_mv
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS flagged_clicks_mv TO flagged_clicks AS
SELECT * FROM click_events WHERE fraud_reasons != ''
--;

-- The verdicts that are taken away: lists of clicks leave them out.
CREATE TABLE IF NOT EXISTS retracted_clicks (
  tenant_id  UInt32,
  clicked_at DateTime64(3, 'UTC'),
  click_id   UUID,
  revision   UInt32
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(clicked_at)
ORDER BY (tenant_id, clicked_at, click_id)
SETTINGS non_replicated_deduplication_window = 100000
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS retracted_clicks_mv TO retracted_clicks AS
SELECT tenant_id, clicked_at, click_id, revision FROM click_events WHERE sign = -1 AND deferred = 0
--;

-- The rollups as before, by signs. A deferred adjustment is about someone who clicked in another period.
DROP VIEW IF EXISTS clicks_by_minute_mv
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_minute_mv TO clicks_by_minute AS
SELECT
  tenant_id,
  toUInt8(255 - grouping(device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason)) AS dimensions,
  bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason,
  sum(sign) AS clicks, sumIf(sign, is_fraudulent = 1) AS fraud, sumIf(sign * cost_micros, is_fraudulent = 0) AS cost_micros,
  uniqCombined64StateIf(14)(visitor_key, deferred = 0) AS users
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
DROP VIEW IF EXISTS pairs_by_hour_mv
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS pairs_by_hour_mv TO clicks_by_hour AS
SELECT
  tenant_id,
  toUInt8(2 * (127 - grouping(device_type, os, browser, country, advertiser_id, campaign_id, ad_id))) AS dimensions,
  bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, '' AS fraud_reason,
  sum(sign) AS clicks, sumIf(sign, is_fraudulent = 1) AS fraud, sumIf(sign * cost_micros, is_fraudulent = 0) AS cost_micros,
  uniqCombined64StateIf(14)(visitor_key, deferred = 0) AS users
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
