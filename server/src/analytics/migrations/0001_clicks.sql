-- Analytics is derived: it can be dropped and rebuilt from the ledger at any time.
-- Statements end with a line that holds only `--;`. Each may run twice: a migration that stops halfway is run again.
-- Every table that an insert reaches keeps a window of deduplication tokens, so that a replayed chunk is dropped in
-- each of them (off by default; ClickHouse issue 76110).

CREATE TABLE IF NOT EXISTS click_events (
  tenant_id     UInt32,
  click_id      UUID,
  chunk_id      UInt64                  COMMENT 'the relay chunk that brought it',
  batch_id      UInt64                  COMMENT 'the ledger transaction that stored it',
  received_at   DateTime64(3, 'UTC'),
  clicked_at    DateTime64(3, 'UTC')    COMMENT 'the click''s own time',
  advertiser_id String,
  campaign_id   String,
  ad_id         String,
  user_id       String                  COMMENT 'empty when unknown',
  ip_hash       String,
  visitor_key   UInt64                  COMMENT 'what unique users counts',
  country       LowCardinality(String),
  device_type   LowCardinality(String),
  os            LowCardinality(String),
  browser       LowCardinality(String),
  user_agent    String,
  referrer      String,
  is_fraudulent UInt8,
  fraud_reason  LowCardinality(String),
  fraud_reasons String                  COMMENT 'comma-separated',
  rules_not_run LowCardinality(String)  COMMENT 'comma-separated',
  fraud_evidence String,
  cost_micros Int64,
  INDEX click_id_bloom click_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(clicked_at)
ORDER BY (tenant_id, clicked_at, click_id)
SETTINGS non_replicated_deduplication_window = 100000
--;
CREATE TABLE IF NOT EXISTS flagged_clicks AS click_events
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS flagged_clicks_mv TO flagged_clicks AS
SELECT * FROM click_events WHERE fraud_reasons != ''
--;

-- The rollups follow the questions, not the cross product: one row a bucket and value of each grouping asked for,
-- all groupings in one table a bucket size, so that an insert makes one part a table.
--   grouping          key1          key2
--   all               -             -
--   campaign_id       campaign      -            (likewise ad_id, advertiser_id, country, device_type)
--   campaign_id,ad_id campaign      ad           (likewise campaign_id,country and campaign_id,device_type)
CREATE TABLE IF NOT EXISTS clicks_by_minute (
  tenant_id UInt32,
  grouping  LowCardinality(String),
  bucket    DateTime('UTC'),
  key1      String,
  key2      String,
  clicks    SimpleAggregateFunction(sum, UInt64),
  fraud     SimpleAggregateFunction(sum, UInt64),
  users     AggregateFunction(uniqCombined64, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant_id, grouping, bucket, key1, key2)
SETTINGS non_replicated_deduplication_window = 100000
--;
CREATE TABLE IF NOT EXISTS clicks_by_hour AS clicks_by_minute
--;
CREATE TABLE IF NOT EXISTS clicks_by_day AS clicks_by_minute
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_minute_mv TO clicks_by_minute AS
SELECT
  tenant_id, g.1 AS grouping, toStartOfMinute(clicked_at, 'UTC') AS bucket, g.2 AS key1, g.3 AS key2,
  count() AS clicks, countIf(is_fraudulent = 1) AS fraud, uniqCombined64State(visitor_key) AS users
FROM click_events
ARRAY JOIN [
  ('all', '', ''), ('campaign_id', campaign_id, ''), ('ad_id', ad_id, ''), ('advertiser_id', advertiser_id, ''),
  ('country', toString(country), ''), ('device_type', toString(device_type), ''),
  ('campaign_id,ad_id', campaign_id, ad_id), ('campaign_id,country', campaign_id, toString(country)),
  ('campaign_id,device_type', campaign_id, toString(device_type))
] AS g
GROUP BY tenant_id, grouping, bucket, key1, key2
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_hour_mv TO clicks_by_hour AS
SELECT
  tenant_id, g.1 AS grouping, toStartOfHour(clicked_at, 'UTC') AS bucket, g.2 AS key1, g.3 AS key2,
  count() AS clicks, countIf(is_fraudulent = 1) AS fraud, uniqCombined64State(visitor_key) AS users
FROM click_events
ARRAY JOIN [
  ('all', '', ''), ('campaign_id', campaign_id, ''), ('ad_id', ad_id, ''), ('advertiser_id', advertiser_id, ''),
  ('country', toString(country), ''), ('device_type', toString(device_type), ''),
  ('campaign_id,ad_id', campaign_id, ad_id), ('campaign_id,country', campaign_id, toString(country)),
  ('campaign_id,device_type', campaign_id, toString(device_type))
] AS g
GROUP BY tenant_id, grouping, bucket, key1, key2
--;
CREATE MATERIALIZED VIEW IF NOT EXISTS clicks_by_day_mv TO clicks_by_day AS
SELECT
  tenant_id, g.1 AS grouping, toDateTime(toStartOfDay(clicked_at, 'UTC'), 'UTC') AS bucket, g.2 AS key1, g.3 AS key2,
  count() AS clicks, countIf(is_fraudulent = 1) AS fraud, uniqCombined64State(visitor_key) AS users
FROM click_events
ARRAY JOIN [
  ('all', '', ''), ('campaign_id', campaign_id, ''), ('ad_id', ad_id, ''), ('advertiser_id', advertiser_id, ''),
  ('country', toString(country), ''), ('device_type', toString(device_type), ''),
  ('campaign_id,ad_id', campaign_id, ad_id), ('campaign_id,country', campaign_id, toString(country)),
  ('campaign_id,device_type', campaign_id, toString(device_type))
] AS g
GROUP BY tenant_id, grouping, bucket, key1, key2
