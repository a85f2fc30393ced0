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
GRANT SELECT ON retention_watermark TO clickledger_request;

-- Running totals of all chunks ever made, dropped ones included: nobody has to add up the history.
CREATE TABLE ledger_totals (
  only_row          boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  chunks            bigint  NOT NULL DEFAULT 0,
  clicks            bigint  NOT NULL DEFAULT 0,
  fraud             bigint  NOT NULL DEFAULT 0,
  differences_found bigint  NOT NULL DEFAULT 0,
  last_checked_at   timestamptz
);
INSERT INTO ledger_totals (chunks, clicks, fraud, differences_found, last_checked_at)
SELECT count(*), coalesce(sum(click_count), 0), coalesce(sum(fraud_count), 0),
  (SELECT count(*) FROM reconciliation_differences), max(reconciled_at)
FROM chunks;

-- What was dropped before there was a watermark.
DO $$
DECLARE
  v_oldest timestamptz := (
    SELECT to_date(min(right(c.relname, 8)), 'YYYYMMDD') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'batches'::regclass
  )::timestamp AT TIME ZONE 'UTC';
  v_last bigint := (SELECT max(chunk_id) FROM chunks WHERE first_received_at IS NULL OR first_received_at < v_oldest);
BEGIN
  INSERT INTO retention_watermark DEFAULT VALUES;
  IF v_last IS NULL THEN RETURN; END IF;
  DELETE FROM chunk_parts p USING chunks c
  WHERE p.chunk_id = c.chunk_id AND (c.last_received_at IS NULL OR c.last_received_at < v_oldest)
    AND c.chunk_id < (SELECT max(chunk_id) FROM chunks);
  WITH gone AS (
    DELETE FROM chunks
    WHERE (last_received_at IS NULL OR last_received_at < v_oldest) AND chunk_id < (SELECT max(chunk_id) FROM chunks)
    RETURNING click_count, fraud_count
  )
  UPDATE retention_watermark SET kept_from = v_oldest, dropped_through_chunk = v_last,
    dropped_chunks = g.chunks, dropped_clicks = g.clicks, dropped_fraud = g.fraud
  FROM (
    SELECT count(*) AS chunks, coalesce(sum(click_count), 0) AS clicks, coalesce(sum(fraud_count), 0) AS fraud FROM gone
  ) AS g;
END $$;

-- As before, with the running totals. The batches are stamped by a statement that names the days they came in on: as a plain join
-- the planner may read every partition.
CREATE OR REPLACE FUNCTION stamp_chunk(batches_max integer, clicks_max bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_chunk_id bigint;
  v_batch_ids bigint[];
  v_first_at timestamptz;
  v_last_at timestamptz;
  v_clicks bigint;
  v_fraud bigint;
  v_adjustments bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(727005);
  WITH waiting AS (
    SELECT batch_id, received_at, click_count, fraud_count, adjustment_count, click_count + 2 * adjustment_count AS row_count
    FROM batches WHERE chunk_id IS NULL ORDER BY batch_id LIMIT batches_max
  ), counted AS (
    SELECT *, sum(row_count) OVER (ORDER BY batch_id) - row_count AS before FROM waiting
  )
  SELECT array_agg(batch_id), min(received_at), max(received_at), sum(click_count), sum(fraud_count), sum(adjustment_count)
  INTO v_batch_ids, v_first_at, v_last_at, v_clicks, v_fraud, v_adjustments
  FROM counted WHERE before < clicks_max;
  IF v_batch_ids IS NULL THEN RETURN NULL; END IF;
  INSERT INTO chunks (click_count, fraud_count, adjustment_count, first_received_at, last_received_at)
  VALUES (v_clicks, v_fraud, v_adjustments, v_first_at, v_last_at)
  RETURNING chunk_id INTO v_chunk_id;
  EXECUTE 'UPDATE batches SET chunk_id = $1 WHERE batch_id = ANY ($2) AND received_at BETWEEN $3 AND $4 AND chunk_id IS NULL'
  USING v_chunk_id, v_batch_ids, v_first_at, v_last_at;
  UPDATE ledger_totals SET chunks = chunks + 1, clicks = clicks + v_clicks, fraud = fraud + v_fraud;
  RETURN v_chunk_id;
END $$;
