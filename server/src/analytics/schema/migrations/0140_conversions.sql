-- Conversions by what they are attributed to: rows that count 1 for a state, and -1 for one that another took the place of. Each is here once at
-- the time of the conversion and, with a click, once at the time of the click, so that either is a range of one column. No row says who
-- somebody is.
CREATE TABLE IF NOT EXISTS conversion_events (
  tenant_id          UInt32,
  basis              Enum8('conversion' = 1, 'click' = 2) COMMENT 'whose time `at` is',
  at                 DateTime64(3, 'UTC')    COMMENT 'when it counts',
  conversion_id      UUID,
  chunk_id           UInt64                  COMMENT 'the relay chunk that brought it',
  batch_id           UInt64                  COMMENT 'the ledger transaction that stored it',
  converted_at       DateTime64(3, 'UTC'),
  clicked_at         DateTime64(3, 'UTC')    COMMENT '1970 without a click',
  action             LowCardinality(String),
  status             LowCardinality(String)  COMMENT 'waiting, attributed, unattributed or retracted',
  reason             LowCardinality(String)  COMMENT 'why it is not attributed; empty when it is',
  value_micros       Int64,
  currency           LowCardinality(String)  COMMENT 'empty only with the value 0',
  cost_micros        Int64                   COMMENT 'the price of a conversion of the campaign',
  seconds_to_convert UInt32,
  click_id           UUID                    COMMENT 'all zeros without a click',
  advertiser_id      LowCardinality(String),
  campaign_id        LowCardinality(String),
  ad_id              LowCardinality(String),
  country            LowCardinality(String),
  device_type        LowCardinality(String),
  os                 LowCardinality(String),
  browser            LowCardinality(String),
  link_id            LowCardinality(String),
  landing            Map(LowCardinality(String), String) COMMENT 'campaign parameters of the click',
  views              UInt8                   COMMENT 'bit 1: by valid clicks, bit 2: by all clicks',
  sign               Int8,
  revision           UInt32                  COMMENT '0: as it came in; n: its n-th change',
  deferred           UInt8                   COMMENT '1: about a closed period, `at` is when it counts',
  INDEX conversion_id_bloom conversion_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX chunk_id_range      chunk_id      TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (tenant_id, basis, at, conversion_id)
SETTINGS non_replicated_deduplication_window = 100000
