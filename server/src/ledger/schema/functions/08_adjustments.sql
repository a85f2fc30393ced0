
-- Locks: 727008 adjustments.

-- Whoever writes an adjustment, it gets its copy of the click.
CREATE OR REPLACE FUNCTION copy_click() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT e.advertiser_id, e.campaign_id, e.ad_id, e.country, e.device_type, e.os, e.browser, e.cost_micros, e.clicked_at
  INTO NEW.advertiser_id, NEW.campaign_id, NEW.ad_id, NEW.country, NEW.device_type, NEW.os, NEW.browser, NEW.cost_micros, NEW.clicked_at
  FROM click_events e
  WHERE e.batch_id = NEW.click_batch_id AND e.received_at = NEW.click_received_at
    AND e.tenant_id = NEW.tenant_id AND e.click_id = NEW.click_id;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER adjustments_copy_click BEFORE INSERT ON adjustments FOR EACH ROW EXECUTE FUNCTION copy_click();

-- Adjusts the verdict on clicks that have another one now, and returns how many those are. Entry i of every array is click i. Said
-- again, it changes nothing: the clicks have that verdict already.
CREATE OR REPLACE FUNCTION append_adjustments(
  p_tenant_id integer, p_made_at timestamptz, p_made_by text, p_by_person boolean, p_rules_version integer, p_is_fraudulent boolean,
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
    old_reasons, old_evidence, is_fraudulent, reason, reasons, evidence, rules_version, made_by, by_person, counts_at, is_deferred
  )
  SELECT
    p_tenant_id, c.click_id, c.batch_id, c.received_at, v_batch_id, p_made_at, c.revision + 1, c.is_fraudulent, c.fraud_reason,
    c.fraud_reasons, c.fraud_evidence, p_is_fraudulent, CASE WHEN p_is_fraudulent THEN c.new_reason END,
    -- Every rule that ever spoke on it, the new one last. Who takes a flag back is no rule that spoke.
    concat_ws(',', nullif(c.fraud_reasons, ''),
      CASE WHEN p_is_fraudulent AND NOT c.new_reason = ANY (string_to_array(c.fraud_reasons, ',')) THEN c.new_reason END),
    c.new_evidence, p_rules_version, p_made_by, p_by_person,
    CASE WHEN c.clicked_at < v_closed_until THEN greatest(p_made_at, v_closed_until) ELSE c.clicked_at END,
    coalesce(c.clicked_at < v_closed_until, false)
  FROM (
    SELECT DISTINCT ON (e.click_id)
      e.click_id, e.batch_id, e.received_at, e.clicked_at, i.reason AS new_reason, i.evidence AS new_evidence,
      coalesce(a.revision, 0) AS revision,
      coalesce(a.by_person, false) AS is_settled,
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
  WHERE c.is_fraudulent <> p_is_fraudulent AND (p_by_person OR NOT c.is_settled);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count > 0 THEN
    INSERT INTO batches (batch_id, received_at, click_count, fraud_count, adjustment_count)
    VALUES (v_batch_id, p_made_at, 0, CASE WHEN p_is_fraudulent THEN v_count ELSE -v_count END, v_count);
  END IF;
  RETURN v_count;
END $$;

-- Under the lock of append_adjustments: one that began before it is counted in the period, one after it is not.
CREATE OR REPLACE FUNCTION close_period(p_tenant_id integer, p_closed_until timestamptz, p_closed_by text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(727008);
  INSERT INTO closed_periods (tenant_id, closed_until, closed_by) VALUES (p_tenant_id, p_closed_until, p_closed_by)
  ON CONFLICT DO NOTHING;
END $$;
