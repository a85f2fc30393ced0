-- Verdicts found after the fact. A click's row never changes: an adjustment is a row of its own, which reaches analytics in
-- a batch and a chunk like any click, as a delta: the old verdict taken away, the new one added.

-- Billed periods: what is found later about their clicks counts at the time it was found, as a credit on the next period.
CREATE TABLE closed_periods (
  tenant_id    integer     NOT NULL REFERENCES tenants,
  closed_until timestamptz NOT NULL,
  closed_at    timestamptz NOT NULL DEFAULT now(),
  closed_by    text        NOT NULL,
  PRIMARY KEY (tenant_id, closed_until)
);

ALTER TABLE batches DROP CONSTRAINT batches_click_count_check;
ALTER TABLE batches ADD COLUMN adjustment_count integer NOT NULL DEFAULT 0;
ALTER TABLE batches ADD CONSTRAINT batches_not_empty CHECK (click_count + adjustment_count > 0);

CREATE TABLE adjustments (
  adjustment_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id         integer     NOT NULL,
  click_id          uuid        NOT NULL,
  -- where the ledger has the click
  click_batch_id    bigint      NOT NULL,
  click_received_at timestamptz NOT NULL,
  -- the batch that brings the adjustment to analytics
  batch_id          bigint      NOT NULL,
  made_at           timestamptz NOT NULL,
  -- 1 for a click's first adjustment
  revision          integer     NOT NULL,
  was_fraudulent    boolean     NOT NULL,
  old_reason        text,
  old_reasons       text        NOT NULL,
  old_evidence      text        NOT NULL,
  is_fraudulent     boolean     NOT NULL,
  reason            text,
  reasons           text        NOT NULL,
  evidence          text        NOT NULL,
  rules_version     integer     NOT NULL,
  made_by           text        NOT NULL,
  -- the click's own time or, when that lies in a closed period, the time that the adjustment counts at
  counts_at         timestamptz NOT NULL,
  is_deferred       boolean     NOT NULL,
  UNIQUE (tenant_id, click_id, revision)
);
CREATE INDEX adjustments_batch ON adjustments (batch_id);

-- Adjusts the verdict on clicks that have another one now, and returns how many those are. Entry i of every array is click
-- i. Said again, it changes nothing: the clicks have that verdict already.
CREATE FUNCTION append_adjustments(
  p_tenant_id integer, p_made_at timestamptz, p_made_by text, p_rules_version integer, p_is_fraudulent boolean,
  p_click_ids uuid[], p_batch_ids bigint[], p_received_at_ms bigint[], p_reasons text[], p_evidence text[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_batch_id bigint := nextval('batch_ids');
  v_closed_until timestamptz;
  v_count integer;
BEGIN
  -- One at a time, so that the revisions of a click follow one another. Each statement below sees what the last one did.
  PERFORM pg_advisory_xact_lock(727008);
  SELECT max(closed_until) INTO v_closed_until FROM closed_periods WHERE tenant_id = p_tenant_id;
  INSERT INTO adjustments (
    tenant_id, click_id, click_batch_id, click_received_at, batch_id, made_at, revision, was_fraudulent, old_reason,
    old_reasons, old_evidence, is_fraudulent, reason, reasons, evidence, rules_version, made_by, counts_at, is_deferred
  )
  SELECT
    p_tenant_id, c.click_id, c.batch_id, c.received_at, v_batch_id, p_made_at, c.revision + 1, c.is_fraudulent, c.fraud_reason,
    c.fraud_reasons, c.fraud_evidence, p_is_fraudulent, CASE WHEN p_is_fraudulent THEN c.new_reason END,
    -- Every rule that ever spoke on it, the new one last.
    concat_ws(',', nullif(c.fraud_reasons, ''), CASE WHEN NOT c.new_reason = ANY (string_to_array(c.fraud_reasons, ',')) THEN c.new_reason END),
    c.new_evidence, p_rules_version, p_made_by,
    CASE WHEN c.clicked_at < v_closed_until THEN greatest(p_made_at, v_closed_until) ELSE c.clicked_at END,
    coalesce(c.clicked_at < v_closed_until, false)
  FROM (
    SELECT DISTINCT ON (e.click_id)
      e.click_id, e.batch_id, e.received_at, e.clicked_at, i.reason AS new_reason, i.evidence AS new_evidence,
      coalesce(a.revision, 0) AS revision,
      CASE WHEN a.revision IS NULL THEN e.is_fraudulent ELSE a.is_fraudulent END AS is_fraudulent,
      CASE WHEN a.revision IS NULL THEN e.fraud_reason ELSE a.reason END AS fraud_reason,
      CASE WHEN a.revision IS NULL THEN e.fraud_reasons ELSE a.reasons END AS fraud_reasons,
      CASE WHEN a.revision IS NULL THEN e.fraud_evidence ELSE a.evidence END AS fraud_evidence
    FROM unnest(p_click_ids, p_batch_ids, p_received_at_ms, p_reasons, p_evidence)
      AS i (click_id, batch_id, received_at_ms, reason, evidence)
    JOIN click_events e ON e.batch_id = i.batch_id AND e.received_at = to_timestamp(i.received_at_ms / 1000.0)
      AND e.tenant_id = p_tenant_id AND e.click_id = i.click_id
    LEFT JOIN LATERAL (
      SELECT * FROM adjustments a WHERE a.tenant_id = p_tenant_id AND a.click_id = i.click_id ORDER BY a.revision DESC LIMIT 1
    ) a ON true
    ORDER BY e.click_id
  ) AS c
  WHERE c.is_fraudulent <> p_is_fraudulent;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count > 0 THEN
    INSERT INTO batches (batch_id, received_at, click_count, fraud_count, adjustment_count)
    VALUES (v_batch_id, p_made_at, 0, CASE WHEN p_is_fraudulent THEN v_count ELSE -v_count END, v_count);
  END IF;
  RETURN v_count;
END $$;

-- As before, and adjustments: two rows each in analytics.
CREATE OR REPLACE FUNCTION stamp_chunk(batches_max integer, clicks_max bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_chunk_id bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(727005);
  WITH waiting AS (
    SELECT batch_id, received_at, click_count, fraud_count, click_count + 2 * adjustment_count AS row_count
    FROM batches WHERE chunk_id IS NULL ORDER BY batch_id LIMIT batches_max
  ), counted AS (
    SELECT *, sum(row_count) OVER (ORDER BY batch_id) - row_count AS before FROM waiting
  ), picked AS (
    SELECT * FROM counted WHERE before < clicks_max
  ), chunk AS (
    INSERT INTO chunks (click_count, fraud_count)
    SELECT sum(click_count), sum(fraud_count) FROM picked HAVING count(*) > 0 RETURNING chunk_id
  ), stamped AS (
    UPDATE batches b SET chunk_id = chunk.chunk_id
    FROM picked, chunk
    WHERE b.batch_id = picked.batch_id AND b.received_at = picked.received_at AND b.chunk_id IS NULL
  )
  SELECT chunk_id INTO v_chunk_id FROM chunk;
  RETURN v_chunk_id;
END $$;

-- As before, and the two rows of an adjustment: the verdict that it takes away (sign -1, under the revision that it had), and
-- the one that it brings.
CREATE OR REPLACE VIEW chunk_clicks AS
SELECT
  b.chunk_id,
  e.batch_id,
  e.tenant_id,
  e.click_id,
  (extract(epoch FROM e.received_at) * 1000)::bigint AS received_at_ms,
  (extract(epoch FROM e.clicked_at) * 1000)::bigint AS clicked_at_ms,
  e.advertiser_id,
  e.campaign_id,
  e.ad_id,
  coalesce(e.user_id, '') AS user_id,
  coalesce(e.ip_hash, '') AS ip_hash,
  e.visitor_key,
  e.country,
  e.device_type,
  e.os,
  e.browser,
  e.user_agent,
  e.referrer,
  e.is_fraudulent::integer AS is_fraudulent,
  coalesce(e.fraud_reason, '') AS fraud_reason,
  e.fraud_reasons,
  e.rules_not_run,
  e.fraud_evidence,
  e.cost_micros,
  1 AS sign,
  0 AS revision,
  0 AS deferred
FROM batches b
JOIN click_events e ON e.batch_id = b.batch_id AND e.received_at = b.received_at
UNION ALL
SELECT
  b.chunk_id,
  e.batch_id,
  e.tenant_id,
  e.click_id,
  (extract(epoch FROM e.received_at) * 1000)::bigint,
  (extract(epoch FROM a.counts_at) * 1000)::bigint,
  e.advertiser_id,
  e.campaign_id,
  e.ad_id,
  coalesce(e.user_id, ''),
  coalesce(e.ip_hash, ''),
  e.visitor_key,
  e.country,
  e.device_type,
  e.os,
  e.browser,
  e.user_agent,
  e.referrer,
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
JOIN click_events e ON e.batch_id = a.click_batch_id AND e.received_at = a.click_received_at
  AND e.tenant_id = a.tenant_id AND e.click_id = a.click_id
CROSS JOIN (VALUES (-1), (1)) AS s (sign);

CREATE OR REPLACE VIEW chunk_part_clicks AS
SELECT p.part_id, c.*
FROM chunk_parts p
JOIN chunk_clicks c ON c.chunk_id = p.chunk_id AND c.click_id BETWEEN p.first_click_id AND p.last_click_id;

-- One row a run of the rules that look back, and rule.
CREATE TABLE fraud_runs (
  run_id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id     integer     NOT NULL REFERENCES tenants,
  rule          text        NOT NULL,
  rules_version integer     NOT NULL,
  is_shadow     boolean     NOT NULL,
  from_time     timestamptz NOT NULL,
  to_time       timestamptz NOT NULL,
  subjects      integer     NOT NULL,
  clicks        integer     NOT NULL,
  adjusted      integer     NOT NULL,
  ran_at        timestamptz NOT NULL DEFAULT now(),
  ran_by        text        NOT NULL
);
CREATE INDEX fraud_runs_of ON fraud_runs (tenant_id, run_id DESC);

-- Under the lock of append_adjustments: one that began before it is counted in the period, one after it is not.
CREATE FUNCTION close_period(p_tenant_id integer, p_closed_until timestamptz, p_closed_by text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(727008);
  INSERT INTO closed_periods (tenant_id, closed_until, closed_by) VALUES (p_tenant_id, p_closed_until, p_closed_by)
  ON CONFLICT DO NOTHING;
END $$;
