
-- Locks: 727005 chunks.

-- Fixes the next chunk: batches that are committed and not stamped yet, up to `clicks_max` rows in analytics, of which an adjustment
-- makes two (at least one batch). Events of other kinds say how many rows they make. Returns its id, or null when nothing waits.
--
-- Batches of many clicks and of few share a chunk by halves, each kind oldest first; what one kind leaves, the other has. A tenant that
-- sends a few clicks does not wait until all is delivered that another tenant sent before. An adjustment goes no earlier than any batch
-- before it, and so never before its click; nor does a conversion, so that every click that was committed before it is in analytics
-- when the conversion is.
--
-- Two relays at once, of which one has lost its lock and does not know yet, must never stamp a batch twice: the second would
-- move it into a chunk of its own after the first was delivered, and it would be counted twice. The lock orders them, and the
-- statement behind it sees what the first committed. The batches are stamped by a statement that names the days they came in on: as a
-- plain join the planner may read every partition.
CREATE OR REPLACE FUNCTION stamp_chunk(batches_max integer, clicks_max bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  -- As many as ingestion commits at once of light tenants beside a long batch.
  v_few CONSTANT integer := 500;
  v_chunk_id bigint;
  v_batch_ids bigint[];
  v_first_at timestamptz;
  v_last_at timestamptz;
  v_clicks bigint;
  v_fraud bigint;
  v_adjustments bigint;
  v_conversions bigint;
  v_impressions bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(727005);
  WITH waiting AS (
    SELECT batch_id, received_at, click_count, fraud_count, adjustment_count, conversion_count, impression_count,
      click_count + 2 * adjustment_count + conversion_count + impression_count AS row_count
    FROM batches WHERE chunk_id IS NULL ORDER BY batch_id LIMIT batches_max
  ), of_a_kind AS (
    SELECT *, sum(row_count) OVER (PARTITION BY row_count > v_few ORDER BY batch_id) - row_count AS before_of_its_kind FROM waiting
  ), counted AS (
    SELECT *, sum(row_count) OVER (ORDER BY before_of_its_kind, batch_id) - row_count AS before FROM of_a_kind
  ), first_left AS (
    SELECT min(batch_id) AS batch_id FROM counted WHERE before >= clicks_max
  )
  SELECT
    array_agg(c.batch_id), min(c.received_at), max(c.received_at), sum(c.click_count), sum(c.fraud_count), sum(c.adjustment_count),
    sum(c.conversion_count), sum(c.impression_count)
  INTO v_batch_ids, v_first_at, v_last_at, v_clicks, v_fraud, v_adjustments, v_conversions, v_impressions
  FROM counted c, first_left f
  WHERE c.before < clicks_max AND (c.adjustment_count + c.conversion_count = 0 OR f.batch_id IS NULL OR c.batch_id < f.batch_id);
  IF v_batch_ids IS NULL THEN RETURN NULL; END IF;
  INSERT INTO chunks (click_count, fraud_count, adjustment_count, conversion_count, impression_count, first_received_at, last_received_at)
  VALUES (v_clicks, v_fraud, v_adjustments, v_conversions, v_impressions, v_first_at, v_last_at)
  RETURNING chunk_id INTO v_chunk_id;
  EXECUTE 'UPDATE batches SET chunk_id = $1 WHERE batch_id = ANY ($2) AND received_at BETWEEN $3 AND $4 AND chunk_id IS NULL'
  USING v_chunk_id, v_batch_ids, v_first_at, v_last_at;
  UPDATE ledger_totals SET chunks = chunks + 1, clicks = clicks + v_clicks, fraud = fraud + v_fraud;
  RETURN v_chunk_id;
END $$;

-- The clicks of one chunk, and two rows for each adjustment: the verdict that it takes away (sign -1, under the revision that it
-- had), and the one that it brings. An adjustment is read with or without its click. One that counts in the click's own month is left
-- out when the click is gone: that month can not be rebuilt, and without the click the adjustment says nothing.
--
-- A chunk is read by what it is made of, however many clicks and partitions the ledger holds: a plain join would be a hash join over
-- every partition, since the planner can't know that a chunk's batches are a few neighbors. EXECUTE plans anew with the times at hand,
-- so that other partitions are not even opened; OFFSET 0 keeps the join from being turned round.
CREATE OR REPLACE FUNCTION clicks_of_chunk(p_chunk_id bigint, p_first_at timestamptz, p_last_at timestamptz, p_adjustment_count bigint)
RETURNS TABLE (
  batch_id bigint, tenant_id integer, click_id uuid, received_at_ms bigint, clicked_at_ms bigint, advertiser_id text,
  campaign_id text, ad_id text, user_id text, ip_hash text, visitor_key text, country text, device_type text, os text,
  browser text, user_agent text, referrer text, is_fraudulent integer, fraud_reason text, fraud_reasons text,
  rules_not_run text, fraud_evidence text, cost_micros bigint, sign integer, revision integer, deferred integer, landing text
) LANGUAGE plpgsql STABLE COST 100000 ROWS 5000 AS $$
BEGIN
  RETURN QUERY EXECUTE $query$
    SELECT
      e.batch_id, e.tenant_id, e.click_id, (extract(epoch FROM e.received_at) * 1000)::bigint,
      (extract(epoch FROM e.clicked_at) * 1000)::bigint, e.advertiser_id, e.campaign_id, e.ad_id, coalesce(e.user_id, ''),
      coalesce(e.ip_hash, ''), e.visitor_key, e.country, e.device_type, e.os, e.browser, e.user_agent, e.referrer,
      e.is_fraudulent::integer, coalesce(e.fraud_reason, ''), e.fraud_reasons, e.rules_not_run, e.fraud_evidence, e.cost_micros,
      1, 0, 0, e.landing
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
        a.click_batch_id, a.tenant_id, a.click_id, (extract(epoch FROM a.click_received_at) * 1000)::bigint,
        (extract(epoch FROM a.counts_at) * 1000)::bigint, a.advertiser_id, a.campaign_id, a.ad_id, coalesce(e.user_id, ''),
        coalesce(e.ip_hash, ''), coalesce(e.visitor_key, ''), a.country, a.device_type, a.os, a.browser,
        coalesce(e.user_agent, ''), coalesce(e.referrer, ''),
        CASE WHEN s.sign = 1 THEN a.is_fraudulent ELSE a.was_fraudulent END::integer,
        coalesce(CASE WHEN s.sign = 1 THEN a.reason ELSE a.old_reason END, ''),
        CASE WHEN s.sign = 1 THEN a.reasons ELSE a.old_reasons END,
        coalesce(e.rules_not_run, ''),
        CASE WHEN s.sign = 1 THEN a.evidence ELSE a.old_evidence END,
        a.cost_micros,
        s.sign,
        CASE WHEN s.sign = 1 THEN a.revision ELSE a.revision - 1 END,
        a.is_deferred::integer,
        coalesce(e.landing, '')
      FROM batches b
      JOIN adjustments a ON a.batch_id = b.batch_id
      LEFT JOIN LATERAL (
        SELECT * FROM click_events e
        WHERE e.batch_id = a.click_batch_id AND e.received_at = a.click_received_at
          AND e.tenant_id = a.tenant_id AND e.click_id = a.click_id
        OFFSET 0
      ) AS e ON true
      CROSS JOIN (VALUES (-1), (1)) AS s (sign)
      WHERE b.chunk_id = $1 AND b.received_at BETWEEN $2 AND $3
        AND a.clicked_at IS NOT NULL AND (a.is_deferred OR e.click_id IS NOT NULL)
    $query$ USING p_chunk_id, p_first_at, p_last_at;
  END IF;
END $$;

-- What ClickHouse reads. Times as milliseconds, so that no session's time zone matters.
CREATE OR REPLACE VIEW chunk_clicks AS
SELECT
  k.chunk_id, c.batch_id, c.tenant_id, c.click_id, c.received_at_ms, c.clicked_at_ms, c.advertiser_id, c.campaign_id, c.ad_id,
  c.user_id, c.ip_hash, c.visitor_key, c.country, c.device_type, c.os, c.browser, c.user_agent, c.referrer, c.is_fraudulent,
  c.fraud_reason, c.fraud_reasons, c.rules_not_run, c.fraud_evidence, c.cost_micros, c.sign, c.revision, c.deferred, c.landing
FROM chunks k
CROSS JOIN LATERAL clicks_of_chunk(k.chunk_id, k.first_received_at, k.last_received_at, k.adjustment_count) AS c;

-- The same for one part of a split chunk, and no other chunk is read for it. The bounds are compared here: ClickHouse orders UUIDs
-- differently.
CREATE OR REPLACE VIEW chunk_part_clicks AS
SELECT p.part_id, c.*
FROM chunk_parts p
CROSS JOIN LATERAL (
  SELECT * FROM chunk_clicks c
  WHERE c.chunk_id = p.chunk_id AND c.click_id BETWEEN p.first_click_id AND p.last_click_id
  OFFSET 0
) AS c
WHERE p.kind = 'clicks';
