-- Counts of impressions as the ledger has them: a chunk is compared by them, and they go with the raw clicks of their month.
CREATE TABLE IF NOT EXISTS impression_counts (
  tenant_id     UInt32,
  hour          DateTime('UTC')         COMMENT 'in which the ads were shown',
  count_id      UUID,
  chunk_id      UInt64                  COMMENT 'the relay chunk that brought it',
  batch_id      UInt64                  COMMENT 'the ledger transaction that stored it',
  received_at   DateTime64(3, 'UTC'),
  advertiser_id LowCardinality(String),
  campaign_id   LowCardinality(String),
  ad_id         LowCardinality(String),
  country       LowCardinality(String),
  device_type   LowCardinality(String),
  link_id       LowCardinality(String)  COMMENT 'empty for reports',
  impressions   Int64,
  price_per_thousand_micros Int64       COMMENT 'of the campaign when these were stored; 0 when it is not billed by impressions',
  INDEX chunk_id_range chunk_id TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (tenant_id, hour, count_id)
SETTINGS non_replicated_deduplication_window = 100000
--;

-- What questions read. Filled by a view with each chunk: its rows are few, and grouped already.
CREATE TABLE IF NOT EXISTS impressions_by_hour (
  tenant_id     UInt32,
  hour          DateTime('UTC'),
  advertiser_id LowCardinality(String),
  campaign_id   LowCardinality(String),
  ad_id         LowCardinality(String),
  country       LowCardinality(String),
  device_type   LowCardinality(String),
  link_id       LowCardinality(String),
  impressions   SimpleAggregateFunction(sum, Int64),
  cost_nanos    SimpleAggregateFunction(sum, Int128)  COMMENT 'impressions times the price of 1,000, in thousandths of a millionth'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (tenant_id, hour, advertiser_id, campaign_id, ad_id, country, device_type, link_id)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 100000
