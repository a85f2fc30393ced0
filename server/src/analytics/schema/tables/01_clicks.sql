-- Analytics is derived: it can be dropped and rebuilt from the ledger at any time.
-- Statements end with a line that holds only `--;`. Each may run twice: what stops halfway is run again.
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
  -- Adjustments of verdicts are rows that count -1 (the verdict taken away) and +1 (the one that it got), so that every sum over rows and
  -- rollups is right by adding signs.
  sign           Int8   DEFAULT 1        COMMENT '1, or -1 for a verdict that an adjustment takes away',
  revision       UInt32 DEFAULT 0        COMMENT '0: as it came in; n: by the click''s n-th adjustment',
  deferred       UInt8  DEFAULT 0        COMMENT '1: about a closed period, clicked_at is when it counts',
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

-- Months of the clicks' own time (as 202511) whose raw clicks retention has dropped; their rollups stay. Written before the drop,
-- and flushed: who makes rollups anew from raw clicks, or compares them, must not take such a month for an empty one.
CREATE TABLE IF NOT EXISTS dropped_months (
  month      UInt32,
  dropped_at DateTime('UTC') DEFAULT now()
)
ENGINE = MergeTree
ORDER BY month
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
