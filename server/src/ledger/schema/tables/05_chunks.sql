-- Chunks: what the relay hands to analytics, under the token 'chunk-<id>'.
CREATE TABLE chunks (
  chunk_id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  click_count       bigint      NOT NULL,
  fraud_count       bigint      NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT now(),
  delivered_at      timestamptz,
  -- Null until the chunk was compared with analytics once.
  reconciled_at     timestamptz,
  -- Between which times its batches came in: only the partitions of those days are read for it.
  first_received_at timestamptz,
  last_received_at  timestamptz,
  adjustment_count  bigint      NOT NULL DEFAULT 0
);
CREATE INDEX chunks_undelivered ON chunks (chunk_id) WHERE delivered_at IS NULL;
CREATE INDEX chunks_unreconciled ON chunks (chunk_id) WHERE reconciled_at IS NULL AND delivered_at IS NOT NULL;

-- Only for a chunk that the engine refused: its halves, each with its own token, fixed here before they are sent.
CREATE TABLE chunk_parts (
  part_id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  chunk_id       bigint      NOT NULL REFERENCES chunks,
  first_click_id uuid        NOT NULL,
  last_click_id  uuid        NOT NULL,
  state          text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'split', 'delivered', 'set_aside')),
  reason         text
);
CREATE INDEX chunk_parts_chunk ON chunk_parts (chunk_id);
-- The story of a click that analytics refused starts here: it may be too old for click_keys.
CREATE INDEX chunk_parts_set_aside ON chunk_parts (first_click_id) WHERE state = 'set_aside';

-- How far retention has come. It moves in the transaction that drops a day, and whatever compares or rebuilds reads it: what lies before
-- it the ledger no longer has whole.
CREATE TABLE retention_watermark (
  only_row              boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  -- The first day (UTC) of receipt that is kept.
  kept_from             timestamptz NOT NULL DEFAULT '1970-01-01Z',
  -- The newest chunk with a batch in a dropped day. A chunk over midnight keeps its later half: it counts as dropped.
  dropped_through_chunk bigint      NOT NULL DEFAULT 0,
  -- Sums of the rows of `chunks` that were deleted with their days.
  dropped_chunks        bigint      NOT NULL DEFAULT 0,
  dropped_clicks        bigint      NOT NULL DEFAULT 0,
  dropped_fraud         bigint      NOT NULL DEFAULT 0
);
INSERT INTO retention_watermark DEFAULT VALUES;

-- Running totals of all chunks ever made, dropped ones included: nobody has to add up the history.
CREATE TABLE ledger_totals (
  only_row          boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  chunks            bigint  NOT NULL DEFAULT 0,
  clicks            bigint  NOT NULL DEFAULT 0,
  fraud             bigint  NOT NULL DEFAULT 0,
  differences_found bigint  NOT NULL DEFAULT 0,
  last_checked_at   timestamptz
);
INSERT INTO ledger_totals DEFAULT VALUES;

-- What reconciliation found to differ between the ledger and analytics, for one tenant and one minute of the clicks' own time. Kept for
-- good: a bill can be explained by it.
CREATE TABLE reconciliation_differences (
  difference_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  found_at      timestamptz NOT NULL DEFAULT now(),
  -- the analytics table, and for a rollup the grouping
  place         text        NOT NULL,
  tenant_id     integer     NOT NULL,
  minute        timestamptz NOT NULL,
  ledger_clicks bigint      NOT NULL,
  ledger_fraud  bigint      NOT NULL,
  found_clicks  bigint      NOT NULL,
  found_fraud   bigint      NOT NULL,
  -- the same numbers, other clicks
  ids_differ    boolean     NOT NULL,
  repaired_at   timestamptz
);
CREATE INDEX reconciliation_open ON reconciliation_differences (difference_id) WHERE repaired_at IS NULL;

-- Without a tenant, and what a click's story needs: ids and counts of whole transactions.
GRANT SELECT ON chunks, chunk_parts, retention_watermark TO clickledger_request;
-- It has a tenant, so it is closed to requests; the owner of the tables reconciles.
ALTER TABLE reconciliation_differences ENABLE ROW LEVEL SECURITY;
