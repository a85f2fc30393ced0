-- A chunk is read by what it is made of, however many clicks and partitions the ledger holds. As a plain join the planner took a
-- hash join over every partition (400 days of them, by default), for each chunk, each second: it can't know that a chunk's batches
-- are a few neighbours. So a chunk remembers between which times its batches came in, and a function reads only those partitions,
-- batch by batch.
ALTER TABLE chunks
  ADD COLUMN first_received_at timestamptz,
  ADD COLUMN last_received_at  timestamptz,
  ADD COLUMN adjustment_count  bigint NOT NULL DEFAULT 0;
UPDATE chunks c SET first_received_at = b.first_at, last_received_at = b.last_at, adjustment_count = b.adjustments
FROM (
  SELECT chunk_id, min(received_at) AS first_at, max(received_at) AS last_at, sum(adjustment_count) AS adjustments
  FROM batches WHERE chunk_id IS NOT NULL GROUP BY chunk_id
) AS b
WHERE b.chunk_id = c.chunk_id;

-- As before, and what is new in a chunk's row.
CREATE OR REPLACE FUNCTION stamp_chunk(batches_max integer, clicks_max bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_chunk_id bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(727005);
  WITH waiting AS (
    SELECT batch_id, received_at, click_count, fraud_count, adjustment_count, click_count + 2 * adjustment_count AS row_count
    FROM batches WHERE chunk_id IS NULL ORDER BY batch_id LIMIT batches_max
  ), counted AS (
    SELECT *, sum(row_count) OVER (ORDER BY batch_id) - row_count AS before FROM waiting
  ), picked AS (
    SELECT * FROM counted WHERE before < clicks_max
  ), chunk AS (
    INSERT INTO chunks (click_count, fraud_count, adjustment_count, first_received_at, last_received_at)
    SELECT sum(click_count), sum(fraud_count), sum(adjustment_count), min(received_at), max(received_at)
    FROM picked HAVING count(*) > 0
    RETURNING chunk_id
  ), stamped AS (
    UPDATE batches b SET chunk_id = chunk.chunk_id
    FROM picked, chunk
    WHERE b.batch_id = picked.batch_id AND b.received_at = picked.received_at AND b.chunk_id IS NULL
  )
  SELECT chunk_id INTO v_chunk_id FROM chunk;
  RETURN v_chunk_id;
END $$;

-- The clicks of one chunk, and two rows for each adjustment: the verdict that it takes away (sign -1, under the revision that it
-- had), and the one that it brings. EXECUTE plans anew with the times at hand, so that other partitions are not even opened; OFFSET 0
-- keeps the join from being turned round.
CREATE FUNCTION clicks_of_chunk(p_chunk_id bigint, p_first_at timestamptz, p_last_at timestamptz, p_adjustment_count bigint)
RETURNS TABLE (
  batch_id bigint, tenant_id integer, click_id uuid, received_at_ms bigint, clicked_at_ms bigint, advertiser_id text,
  campaign_id text, ad_id text, user_id text, ip_hash text, visitor_key text, country text, device_type text, os text,
  browser text, user_agent text, referrer text, is_fraudulent integer, fraud_reason text, fraud_reasons text,
  rules_not_run text, fraud_evidence text, cost_micros bigint, sign integer, revision integer, deferred integer
) LANGUAGE plpgsql STABLE ROWS 5000 AS $$
BEGIN
  RETURN QUERY EXECUTE $query$
    SELECT
      e.batch_id, e.tenant_id, e.click_id, (extract(epoch FROM e.received_at) * 1000)::bigint,
      (extract(epoch FROM e.clicked_at) * 1000)::bigint, e.advertiser_id, e.campaign_id, e.ad_id, coalesce(e.user_id, ''),
      coalesce(e.ip_hash, ''), e.visitor_key, e.country, e.device_type, e.os, e.browser, e.user_agent, e.referrer,
      e.is_fraudulent::integer, coalesce(e.fraud_reason, ''), e.fraud_reasons, e.rules_not_run, e.fraud_evidence, e.cost_micros,
      1, 0, 0
    FROM batches b
    CROSS JOIN LATERAL (
      SELECT * FROM click_events e
      WHERE e.batch_id = b.batch_id AND e.received_at = b.received_at AND e.received_at BETWEEN $2 AND $3
      OFFSET 0
    ) AS e
    WHERE b.chunk_id = $1 AND b.received_at BETWEEN $2 AND $3
  $query$ USING p_chunk_id, p_first_at, p_last_at;
  IF p_adjustment_count > 0 THEN
    -- The clicks that are judged anew may be of any day.
    RETURN QUERY EXECUTE $query$
      SELECT
        e.batch_id, e.tenant_id, e.click_id, (extract(epoch FROM e.received_at) * 1000)::bigint,
        (extract(epoch FROM a.counts_at) * 1000)::bigint, e.advertiser_id, e.campaign_id, e.ad_id, coalesce(e.user_id, ''),
        coalesce(e.ip_hash, ''), e.visitor_key, e.country, e.device_type, e.os, e.browser, e.user_agent, e.referrer,
        CASE WHEN s.sign = 1 THEN a.is_fraudulent ELSE a.was_fraudulent END::integer,
        coalesce(CASE WHEN s.sign = 1 THEN a.reason ELSE a.old_reason END, ''),
        CASE WHEN s.sign = 1 THEN a.reasons ELSE a.old_reasons END,
        e.rules_not_run,
        CASE WHEN s.sign = 1 THEN a.evidence ELSE a.old_evidence END,
        e.cost_micros,
        s.sign,
        CASE WHEN s.sign = 1 THEN a.revision ELSE a.revision - 1 END,
        a.is_deferred::integer
      FROM batches b
      JOIN adjustments a ON a.batch_id = b.batch_id
      CROSS JOIN LATERAL (
        SELECT * FROM click_events e
        WHERE e.batch_id = a.click_batch_id AND e.received_at = a.click_received_at
          AND e.tenant_id = a.tenant_id AND e.click_id = a.click_id
        OFFSET 0
      ) AS e
      CROSS JOIN (VALUES (-1), (1)) AS s (sign)
      WHERE b.chunk_id = $1 AND b.received_at BETWEEN $2 AND $3
    $query$ USING p_chunk_id, p_first_at, p_last_at;
  END IF;
END $$;

CREATE OR REPLACE VIEW chunk_clicks AS
SELECT
  k.chunk_id, c.batch_id, c.tenant_id, c.click_id, c.received_at_ms, c.clicked_at_ms, c.advertiser_id, c.campaign_id, c.ad_id,
  c.user_id, c.ip_hash, c.visitor_key, c.country, c.device_type, c.os, c.browser, c.user_agent, c.referrer, c.is_fraudulent,
  c.fraud_reason, c.fraud_reasons, c.rules_not_run, c.fraud_evidence, c.cost_micros, c.sign, c.revision, c.deferred
FROM chunks k
CROSS JOIN LATERAL clicks_of_chunk(k.chunk_id, k.first_received_at, k.last_received_at, k.adjustment_count) AS c;
