-- The truth about every click. A click exists when its row is committed.

-- One row an ingestion transaction. The relay stamps it with a chunk; a chunk is then fixed.
CREATE SEQUENCE batch_ids CACHE 1;
CREATE TABLE batches (
  batch_id         bigint      NOT NULL,
  received_at      timestamptz NOT NULL,
  click_count      integer     NOT NULL,
  fraud_count      integer     NOT NULL,
  chunk_id         bigint,
  adjustment_count integer     NOT NULL DEFAULT 0,
  CONSTRAINT batches_not_empty CHECK (click_count + adjustment_count > 0)
) PARTITION BY RANGE (received_at);
CREATE INDEX batches_unstamped ON batches (batch_id) WHERE chunk_id IS NULL;
CREATE INDEX batches_chunk ON batches (chunk_id) WHERE chunk_id IS NOT NULL;

-- Partitioned by the day of receipt, not of the click: an import spans years, and must not need years of partitions.
CREATE TABLE click_events (
  tenant_id     integer     NOT NULL,
  click_id      uuid        NOT NULL,
  batch_id      bigint      NOT NULL,
  received_at   timestamptz NOT NULL,
  clicked_at    timestamptz NOT NULL,
  advertiser_id text        NOT NULL,
  campaign_id   text        NOT NULL,
  ad_id         text        NOT NULL,
  user_id       text,
  ip_hash       text,
  visitor_key   text        NOT NULL,
  country       text        NOT NULL,
  device_type   text        NOT NULL,
  os            text        NOT NULL,
  browser       text        NOT NULL,
  user_agent    text        NOT NULL,
  referrer      text        NOT NULL,
  is_fraudulent boolean     NOT NULL,
  fraud_reason  text,
  -- comma-separated rule names
  fraud_reasons text        NOT NULL,
  rules_not_run text        NOT NULL,
  -- JSON: for each rule that fired, what it counted and its limits; empty for a clean click
  fraud_evidence text       NOT NULL,
  -- The campaign's cost per click when this one was stored, so that a bill can be made again from the clicks alone.
  cost_micros   bigint      NOT NULL
) PARTITION BY RANGE (received_at);
CREATE INDEX click_events_batch ON click_events (batch_id);

-- Layer 3 of deduplication. A unique constraint can't span the partitions of click_events, so the ids have a
-- table of their own, in generations as long as the dedup window: an id is looked for in the running generation and the one
-- before it, so that it is known for one to two windows; older generations are dropped whole.
CREATE TABLE click_keys (
  generation  integer     NOT NULL,
  tenant_id   integer     NOT NULL,
  click_id    uuid        NOT NULL,
  batch_id    bigint      NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (generation, tenant_id, click_id)
) PARTITION BY LIST (generation);
-- For how long ids are known is one fact of the ledger, not one of each node: a turn keeps to the longest window that any node has asked
-- for, and a node takes no click whose time lies before the ids that are known.
CREATE TABLE dedup_generation (
  only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  generation  integer     NOT NULL,
  started_at  timestamptz NOT NULL,
  window_days integer     NOT NULL DEFAULT 0,
  -- The ids of every click that was received since are known; null: of every click that ever was.
  known_since timestamptz
);
INSERT INTO dedup_generation (generation, started_at) VALUES (1, now());
CREATE TABLE click_keys_1 PARTITION OF click_keys FOR VALUES IN (1);

SELECT isolate_tenants('click_events', 'SELECT');
SELECT isolate_tenants('click_keys', 'SELECT');
-- Without a tenant, and what a click's story needs: ids and counts of whole transactions.
GRANT SELECT ON dedup_generation, batches TO clickledger_request;
