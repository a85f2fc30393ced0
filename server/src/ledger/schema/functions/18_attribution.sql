-- Finding the conversions whose click is to be looked for.

-- Looks through one chunk that analytics has, and queues:
--   its conversions;
--   conversions that one of its clicks may belong to: those that name the click, and those of its user that came after it;
--   conversions that one of its adjustments may move: those of the click that was judged, and those of its user that came after it;
--   conversions that were refused a click because it had one already, when it has none any more.
--
-- Read by what the chunk is made of, as in clicks_of_chunk. Clicks of tenants without conversions are not looked at.
CREATE OR REPLACE FUNCTION queue_conversions_of_chunk(p_chunk_id bigint, p_first_at timestamptz, p_last_at timestamptz)
RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_tenant_ids integer[];
BEGIN
  WITH RECURSIVE with_conversions AS (
    (SELECT tenant_id FROM conversion_states ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT s.tenant_id FROM conversion_states s WHERE s.tenant_id > w.tenant_id ORDER BY s.tenant_id LIMIT 1)
    FROM with_conversions w WHERE w.tenant_id IS NOT NULL
  )
  SELECT coalesce(array_agg(tenant_id), '{}') INTO v_tenant_ids FROM with_conversions WHERE tenant_id IS NOT NULL;

  EXECUTE $query$
    WITH changed AS MATERIALIZED (
      -- A conversion is up to five minutes older than its receipt, or older still: of clicks that flow in, nearly all are later than the
      -- conversions of their user, and cost no more than a look in an index.
      SELECT e.tenant_id, e.click_id, e.user_id, e.clicked_at, false AS is_adjusted
      FROM batches b
      CROSS JOIN LATERAL (
        SELECT * FROM click_events e
        WHERE e.batch_id = b.batch_id AND e.received_at = b.received_at AND e.received_at BETWEEN $2 AND $3 AND e.tenant_id = ANY ($4)
        OFFSET 0
      ) AS e
      WHERE b.chunk_id = $1 AND b.received_at BETWEEN $2 AND $3 AND b.click_count > 0
      UNION ALL
      SELECT a.tenant_id, a.click_id, e.user_id, e.clicked_at, true
      FROM batches b
      JOIN adjustments a ON a.batch_id = b.batch_id AND a.tenant_id = ANY ($4)
      LEFT JOIN LATERAL (
        SELECT e.user_id, e.clicked_at FROM click_events e
        WHERE e.batch_id = a.click_batch_id AND e.received_at = a.click_received_at AND e.tenant_id = a.tenant_id AND e.click_id = a.click_id
        OFFSET 0
      ) AS e ON true
      WHERE b.chunk_id = $1 AND b.received_at BETWEEN $2 AND $3 AND b.adjustment_count > 0
    ), stored AS MATERIALIZED (
      SELECT a.* FROM batches b
      CROSS JOIN LATERAL (
        SELECT * FROM attributions a
        WHERE a.batch_id = b.batch_id AND a.made_at = b.received_at AND a.made_at BETWEEN $2 AND $3
        OFFSET 0
      ) AS a
      WHERE b.chunk_id = $1 AND b.received_at BETWEEN $2 AND $3 AND b.conversion_count > 0
    ), released AS (
      -- A click that a conversion has left, under an action that counts one for each.
      SELECT DISTINCT s.tenant_id, s.action, p.click_id, e.user_id
      FROM stored s
      JOIN conversion_actions t ON t.tenant_id = s.tenant_id AND t.action = s.action AND t.counting = 'one_per_click'
      CROSS JOIN LATERAL (VALUES
        ((s.previous ->> 'click_id')::uuid, (s.previous ->> 'click_batch_id')::bigint, (s.previous ->> 'click_received_at')::timestamptz),
        ((s.previous -> 'any_click' ->> 'click_id')::uuid, (s.previous -> 'any_click' ->> 'click_batch_id')::bigint,
         (s.previous -> 'any_click' ->> 'click_received_at')::timestamptz)
      ) AS p (click_id, batch_id, received_at)
      LEFT JOIN LATERAL (
        SELECT e.user_id FROM click_events e
        WHERE e.batch_id = p.batch_id AND e.received_at = p.received_at AND e.tenant_id = s.tenant_id AND e.click_id = p.click_id
        OFFSET 0
      ) AS e ON true
      WHERE p.click_id IS NOT NULL AND (s.status = 'retracted' OR p.click_id IS DISTINCT FROM s.click_id)
    ), found AS (
      SELECT s.tenant_id, s.conversion_id, s.conversion_received_at AS received_at FROM stored s WHERE s.revision = 0
      UNION
      SELECT c.tenant_id, f.conversion_id, f.received_at FROM changed c
      CROSS JOIN LATERAL (
        SELECT s.conversion_id, s.received_at FROM conversion_states s WHERE s.tenant_id = c.tenant_id AND s.given_click_id = c.click_id
        UNION ALL
        SELECT s.conversion_id, s.received_at FROM conversion_states s
        WHERE s.tenant_id = c.tenant_id AND s.user_id = c.user_id AND c.clicked_at <= s.received_at + interval '5 minutes'
      ) AS f
      UNION
      SELECT c.tenant_id, f.conversion_id, f.received_at FROM changed c
      CROSS JOIN LATERAL (
        SELECT s.conversion_id, s.received_at FROM conversion_states s WHERE s.tenant_id = c.tenant_id AND s.click_id = c.click_id
        UNION ALL
        SELECT s.conversion_id, s.received_at FROM conversion_states s WHERE s.tenant_id = c.tenant_id AND s.any_click_id = c.click_id
      ) AS f
      WHERE c.is_adjusted
      UNION
      SELECT r.tenant_id, f.conversion_id, f.received_at FROM released r
      CROSS JOIN LATERAL (
        SELECT s.conversion_id, s.received_at FROM conversion_states s WHERE s.tenant_id = r.tenant_id AND s.given_click_id = r.click_id
        UNION ALL
        SELECT s.conversion_id, s.received_at FROM conversion_states s WHERE s.tenant_id = r.tenant_id AND s.user_id = r.user_id
      ) AS f
    )
    INSERT INTO attribution_queue (tenant_id, conversion_id)
    SELECT tenant_id, conversion_id FROM found ORDER BY received_at, conversion_id
    ON CONFLICT DO NOTHING
  $query$ USING p_chunk_id, p_first_at, p_last_at, v_tenant_ids;
END $$;

-- Looks through the chunks that analytics has got since the last time, at most so many, and returns how many those were. The watermark
-- moves in the same transaction.
CREATE OR REPLACE FUNCTION look_through_chunks(p_chunks_max integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_mark attribution_watermark;
  v_chunk record;
  v_count integer := 0;
BEGIN
  -- Two relays at once look through a chunk one after the other.
  SELECT * INTO v_mark FROM attribution_watermark FOR UPDATE;
  IF v_mark.chunk_id IS NULL THEN
    -- What came before the first conversions is looked at for each of them. Transactions commit in another order than they begin: ten
    -- chunks too many cost little.
    SELECT CASE WHEN count(*) > 0 THEN greatest(min(b.chunk_id) - 10, 0) END INTO v_mark.chunk_id
    FROM (SELECT batch_id, received_at FROM conversion_states ORDER BY received_at LIMIT 1000) AS s
    JOIN batches b ON b.batch_id = s.batch_id AND b.received_at = s.received_at;
    IF v_mark.chunk_id IS NULL THEN RETURN 0; END IF;
  END IF;
  FOR v_chunk IN
    SELECT chunk_id, first_received_at, last_received_at, delivered_at FROM chunks
    WHERE chunk_id > v_mark.chunk_id AND delivered_at IS NOT NULL
    UNION ALL
    SELECT chunk_id, first_received_at, last_received_at, delivered_at FROM chunks
    WHERE chunk_id IN (SELECT p.chunk_id FROM chunk_parts p) AND chunk_id <= v_mark.chunk_id AND delivered_at > v_mark.delivered_at
    ORDER BY delivered_at, chunk_id LIMIT p_chunks_max
  LOOP
    PERFORM queue_conversions_of_chunk(v_chunk.chunk_id, v_chunk.first_received_at, v_chunk.last_received_at);
    v_mark.chunk_id := greatest(v_mark.chunk_id, v_chunk.chunk_id);
    v_mark.delivered_at := greatest(v_mark.delivered_at, v_chunk.delivered_at);
    v_count := v_count + 1;
  END LOOP;
  UPDATE attribution_watermark SET chunk_id = v_mark.chunk_id, delivered_at = v_mark.delivered_at;
  RETURN v_count;
END $$;
