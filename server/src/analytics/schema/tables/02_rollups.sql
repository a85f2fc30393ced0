-- The rollups follow the questions, not the cross product. A row counts the clicks of one bucket and one value of each
-- dimension of its grouping; the dimensions outside the grouping are empty. `dimensions` names the grouping: a bit for
-- each dimension in it, in the order device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason
-- from the highest bit (groupings.ts has the same list). Counts are signed sums, so that an adjustment can be a delta.
-- Sorted by the next coarser time, then by the dimensions, few values first, so that one value's buckets lie together;
-- small granules, since a sketch weighs up to 12 KB and a granule is read whole.
CREATE TABLE IF NOT EXISTS clicks_by_minute (
  tenant_id       UInt32,
  dimensions      UInt8,
  bucket          DateTime('UTC'),
  device_type     LowCardinality(String),
  os              LowCardinality(String),
  browser         LowCardinality(String),
  country         LowCardinality(String),
  advertiser_id   LowCardinality(String),
  campaign_id     LowCardinality(String),
  ad_id           LowCardinality(String),
  fraud_reason    LowCardinality(String),
  clicks          SimpleAggregateFunction(sum, Int64),
  fraud           SimpleAggregateFunction(sum, Int64)  COMMENT 'flagged clicks',
  cost_micros     SimpleAggregateFunction(sum, Int64)  COMMENT 'cost of the clicks that are not flagged',
  without_visitor SimpleAggregateFunction(sum, Int64)  COMMENT 'clicks without user and address',
  -- Sketches are not compressed: LZ4 hardly makes those of a minute smaller, and unpacking it is a sixth of what a top list costs.
  users           AggregateFunction(uniqCombined64(14), UInt64) CODEC(NONE)
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

-- Days are folded from their hours once they are over, by the relay (fold-day.ts). Filling them with every chunk would be more than a third
-- of what the engine spends on a click.
CREATE TABLE IF NOT EXISTS clicks_by_day AS clicks_by_minute
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant_id, dimensions, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason, bucket)
SETTINGS index_granularity = 64, non_replicated_deduplication_window = 100000
--;
-- The days that a fold was begun of: the view passes on what comes late. No more than a hint: a day is read when it has what its
-- hours have (folded-days.ts), however it came by it.
CREATE TABLE IF NOT EXISTS day_folds (day DateTime('UTC'))
ENGINE = MergeTree
ORDER BY day
