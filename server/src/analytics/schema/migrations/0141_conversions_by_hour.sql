-- Conversions by hour, under the same groupings as clicks_by_hour (`dimensions` names them alike; none by fraud_reason). Conversions are few: a
-- view fills it with each chunk, under the chunk's token. A row whose sums are all zero goes with a merge: so does what a conversion was while
-- it waited.
CREATE TABLE IF NOT EXISTS conversions_by_hour (
  tenant_id     UInt32,
  basis         Enum8('conversion' = 1, 'click' = 2) COMMENT 'whose time `bucket` is',
  dimensions    UInt8,
  bucket        DateTime('UTC'),
  device_type   LowCardinality(String),
  os            LowCardinality(String),
  browser       LowCardinality(String),
  country       LowCardinality(String),
  advertiser_id LowCardinality(String),
  campaign_id   LowCardinality(String),
  ad_id         LowCardinality(String),
  views         UInt8                  COMMENT 'bit 1: by valid clicks, bit 2: by all clicks',
  action        LowCardinality(String),
  currency      LowCardinality(String),
  conversions   Int64                  COMMENT 'attributed',
  unattributed  Int64,
  waiting       Int64,
  value_micros  Int64                  COMMENT 'of the attributed'
)
ENGINE = SummingMergeTree((conversions, unattributed, waiting, value_micros))
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant_id, basis, dimensions, toStartOfDay(bucket), device_type, os, browser, country, advertiser_id, campaign_id, ad_id, views, action, currency, bucket)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 100000
