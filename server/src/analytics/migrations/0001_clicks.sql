-- Analytics is derived: it can be dropped and rebuilt from the ledger at any time.
-- Statements end with a line that holds only `--;`. Each may run twice: a migration that stops halfway is run again.
-- Every table that an insert reaches keeps a window of deduplication tokens, so that a replayed chunk is dropped in
-- each of them (off by default; ClickHouse issue 76110).

-- Ordered by time: the click log, ragged edges of ranges and live views read it so, and inserts arrive so.
-- Grouped and filtered questions are the rollups' (docs/analytics.md has the figures).
CREATE TABLE IF NOT EXISTS click_events (
  tenant_id      UInt32,
  click_id       UUID,
  chunk_id       UInt64                  COMMENT 'the relay chunk that brought it',
  batch_id       UInt64                  COMMENT 'the ledger transaction that stored it',
  received_at    DateTime64(3, 'UTC'),
  clicked_at     DateTime64(3, 'UTC')    COMMENT 'the click''s own time',
  advertiser_id  LowCardinality(String),
  campaign_id    LowCardinality(String),
  ad_id          LowCardinality(String),
  user_id        String                  COMMENT 'empty when unknown',
  ip_hash        String,
  visitor_key    UInt64                  COMMENT 'what unique users counts',
  country        LowCardinality(String),
  device_type    LowCardinality(String),
  os             LowCardinality(String),
  browser        LowCardinality(String),
  user_agent     LowCardinality(String),
  referrer       LowCardinality(String),
  is_fraudulent  UInt8,
  fraud_reason   LowCardinality(String)  COMMENT 'the strongest; empty when not flagged',
  fraud_reasons  LowCardinality(String)  COMMENT 'comma-separated',
  rules_not_run  LowCardinality(String)  COMMENT 'comma-separated',
  fraud_evidence String                  COMMENT 'JSON: what each rule that fired counted; empty for a clean click',
  cost_micros    Int64                   COMMENT 'the campaign''s price when the click was stored',
  INDEX click_id_bloom click_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX user_id_bloom  user_id  TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX ip_hash_bloom  ip_hash  TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX chunk_id_range chunk_id TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(clicked_at)
ORDER BY (tenant_id, clicked_at, click_id)
SETTINGS non_replicated_deduplication_window = 100000
--;

-- The few clicks that any rule spoke on, for the fraud pages: the same columns and order.
CREATE TABLE IF NOT EXISTS flagged_clicks AS click_events
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS flagged_clicks_mv TO flagged_clicks AS
SELECT * FROM click_events WHERE fraud_reasons != ''
--;

-- The rollups follow the questions, not the cross product. A row counts the clicks of one bucket and one value of each
-- dimension of its grouping; the dimensions outside the grouping are empty. `dimensions` names the grouping: a bit for
-- each dimension in it, in the order device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason
-- from the highest bit (groupings.ts has the same list). Counts are signed sums, so that an adjustment can be a delta.
-- Sorted by the next coarser time, then by the dimensions, few values first, so that one value's buckets lie together;
-- small granules, since a sketch weighs up to 12 KB and a granule is read whole.
CREATE TABLE IF NOT EXISTS clicks_by_minute (
  tenant_id     UInt32,
  dimensions    UInt8,
  bucket        DateTime('UTC'),
  device_type   LowCardinality(String),
  os            LowCardinality(String),
  browser       LowCardinality(String),
  country       LowCardinality(String),
  advertiser_id LowCardinality(String),
  campaign_id   LowCardinality(String),
  ad_id         LowCardinality(String),
  fraud_reason  LowCardinality(String),
  clicks        SimpleAggregateFunction(sum, Int64),
  fraud         SimpleAggregateFunction(sum, Int64)  COMMENT 'flagged clicks',
  cost_micros   SimpleAggregateFunction(sum, Int64)  COMMENT 'cost of the clicks that are not flagged',
  users         AggregateFunction(uniqCombined64(14), UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant_id, dimensions, toStartOfHour(bucket), device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason, bucket)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 100000
--;
CREATE TABLE IF NOT EXISTS clicks_by_hour AS clicks_by_minute
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant_id, dimensions, toStartOfDay(bucket), device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason, bucket)
SETTINGS index_granularity = 128, non_replicated_deduplication_window = 100000
--;
CREATE TABLE IF NOT EXISTS clicks_by_day AS clicks_by_minute
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant_id, dimensions, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason, bucket)
SETTINGS index_granularity = 64, non_replicated_deduplication_window = 100000
--;

-- All clicks, and by each dimension alone: by minute from the clicks; by hour from the rows that the minutes got, by
-- day from those that the hours got. They are grouped already, so each level costs little; the tables add them up.
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_minute_mv TO clicks_by_minute AS
SELECT
  tenant_id,
  toUInt8(255 - grouping(device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason)) AS dimensions,
  bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason,
  count() AS clicks, countIf(is_fraudulent = 1) AS fraud, sumIf(cost_micros, is_fraudulent = 0) AS cost_micros,
  uniqCombined64State(14)(visitor_key) AS users
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
  tenant_id, dimensions, toStartOfHour(bucket, 'UTC') AS bucket,
  device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason, clicks, fraud, cost_micros, users
FROM clicks_by_minute
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_day_mv TO clicks_by_day AS
SELECT
  tenant_id, dimensions, toDateTime(toStartOfDay(bucket, 'UTC'), 'UTC') AS bucket,
  device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason, clicks, fraud, cost_micros, users
FROM clicks_by_hour
--;
-- One dimension filtered by another: not by minute, which has hardly fewer rows than clicks. The client (device type,
-- system, browser) is kept whole: there are few of them, and three pairs share a grouping.
CREATE MATERIALIZED VIEW IF NOT EXISTS pairs_by_hour_mv TO clicks_by_hour AS
SELECT
  tenant_id,
  toUInt8(2 * (127 - grouping(device_type, os, browser, country, advertiser_id, campaign_id, ad_id))) AS dimensions,
  bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, '' AS fraud_reason,
  count() AS clicks, countIf(is_fraudulent = 1) AS fraud, sumIf(cost_micros, is_fraudulent = 0) AS cost_micros,
  uniqCombined64State(14)(visitor_key) AS users
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
