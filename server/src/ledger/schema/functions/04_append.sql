
-- Locks: 727001 appends.

-- Stores a batch of clicks, in one transaction and one round trip. Entry i of every array is click i. Of a (tenant, id) that comes
-- twice, the first is stored. The campaign decides which advertiser a click is of, and what it costs.
--
-- Returns a row for each click that is not stored as it was sent: its place in the batch (from 1), whether the ledger had it
-- already, the verdict that is stored, and for a new click the advertiser that it is stored under.
--
-- It asks for rows by their keys and never reads a table through. As soon as autovacuum has counted a small campaigns table (two pages
-- hold 200), the planner would take reading all of it for cheaper than a look in its index, and do so for each click: hence
-- enable_seqscan. One plan serves every length of the arrays: without plan_cache_mode, the planner makes one for each batch of few
-- clicks, which costs more than to run it.
CREATE OR REPLACE FUNCTION append_clicks(
  p_received_at timestamptz, p_tenant_ids integer[], p_click_ids uuid[], p_clicked_at_ms bigint[],
  p_advertiser_ids text[], p_campaign_ids text[], p_ad_ids text[], p_user_ids text[], p_ip_hashes text[],
  p_visitor_keys text[], p_countries text[], p_device_types text[], p_oses text[], p_browsers text[],
  p_user_agents text[], p_referrers text[], p_is_fraudulent boolean[], p_fraud_reason text[],
  p_fraud_reasons text[], p_rules_not_run text[], p_fraud_evidence text[],
  -- Null when no click of the batch came by a link; nodes of the release before do not name it.
  p_landings text[] DEFAULT NULL
) RETURNS TABLE (ordinal integer, is_repeat boolean, is_flagged boolean, stored_advertiser_id text) LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_generation integer;
  v_batch_id bigint := nextval('batch_ids');
  v_fresh_count integer;
  v_fraud_count integer;
  -- Null when every click is new, as nearly always.
  v_fresh boolean[];
  -- Of the click's campaign; null when nobody has registered it.
  v_owners text[];
  v_prices bigint[];
  v_was_flagged boolean[] := p_is_fraudulent;
BEGIN
  -- Shared with every other append; turn_generation takes it exclusively. Each statement below sees what was
  -- committed before it began, so the generation is read after the lock is held.
  PERFORM pg_advisory_xact_lock_shared(727001);
  SELECT generation INTO v_generation FROM dedup_generation;

  -- In the order of the key, so that two nodes with the same ids can't deadlock. ON CONFLICT looks each key up before it inserts it, and
  -- marks it while it does: only a batch with a key that exists pays for that.
  BEGIN
    INSERT INTO click_keys (generation, tenant_id, click_id, batch_id, received_at)
    SELECT v_generation, i.tenant_id, i.click_id, v_batch_id, p_received_at
    FROM unnest(p_tenant_ids, p_click_ids) AS i (tenant_id, click_id)
    WHERE NOT EXISTS (
      SELECT FROM click_keys k
      WHERE k.generation = v_generation - 1 AND k.tenant_id = i.tenant_id AND k.click_id = i.click_id
    )
    ORDER BY i.tenant_id, i.click_id;
    GET DIAGNOSTICS v_fresh_count = ROW_COUNT;
  EXCEPTION WHEN unique_violation THEN
    INSERT INTO click_keys (generation, tenant_id, click_id, batch_id, received_at)
    SELECT v_generation, i.tenant_id, i.click_id, v_batch_id, p_received_at
    FROM unnest(p_tenant_ids, p_click_ids) AS i (tenant_id, click_id)
    WHERE NOT EXISTS (
      SELECT FROM click_keys k
      WHERE k.generation = v_generation - 1 AND k.tenant_id = i.tenant_id AND k.click_id = i.click_id
    )
    ORDER BY i.tenant_id, i.click_id
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_fresh_count = ROW_COUNT;
  END;

  -- Some are not new, or an id comes twice. OFFSET 0 keeps it a look-up by key for each click, whatever the planner thinks of the arrays.
  IF v_fresh_count < cardinality(p_click_ids) THEN
    SELECT array_agg(i.place = i.first_place AND EXISTS (
      SELECT FROM click_keys k
      WHERE k.generation = v_generation AND k.tenant_id = i.tenant_id AND k.click_id = i.click_id AND k.batch_id = v_batch_id OFFSET 0
    ) ORDER BY i.place) INTO v_fresh
    FROM (
      SELECT tenant_id, click_id, place, min(place) OVER (PARTITION BY tenant_id, click_id) AS first_place
      FROM unnest(p_tenant_ids, p_click_ids) WITH ORDINALITY AS c (tenant_id, click_id, place)
    ) AS i;
  END IF;

  IF v_fresh_count > 0 THEN
    SELECT array_agg(k.advertiser_id ORDER BY i.place), array_agg(k.cost_per_click_micros ORDER BY i.place)
    INTO v_owners, v_prices
    FROM unnest(p_tenant_ids, p_campaign_ids) WITH ORDINALITY AS i (tenant_id, campaign_id, place)
    LEFT JOIN LATERAL (
      SELECT k.advertiser_id, CASE k.pricing_model WHEN 'cpc' THEN k.cost_per_click_micros ELSE 0 END AS cost_per_click_micros FROM campaigns k
      WHERE k.tenant_id = i.tenant_id AND k.campaign_id = i.campaign_id OFFSET 0
    ) AS k ON true;

    IF array_position(v_prices, NULL) IS NOT NULL THEN
      SELECT
        array_agg(c.is_fraudulent OR c.is_unknown ORDER BY c.place),
        array_agg(CASE WHEN c.is_unknown THEN coalesce(c.reason, 'unknown_campaign') ELSE c.reason END ORDER BY c.place),
        array_agg(CASE WHEN c.is_unknown THEN concat_ws(',', nullif(c.reasons, ''), 'unknown_campaign') ELSE c.reasons END ORDER BY c.place),
        array_agg(CASE WHEN c.is_unknown
          THEN (coalesce(nullif(c.evidence, ''), '{}')::jsonb || '{"unknown_campaign": {}}')::text ELSE c.evidence END ORDER BY c.place)
      INTO p_is_fraudulent, p_fraud_reason, p_fraud_reasons, p_fraud_evidence
      FROM (
        SELECT i.*, i.price IS NULL AND (SELECT t.only_known_campaigns FROM tenants t WHERE t.tenant_id = i.tenant_id) AS is_unknown
        FROM unnest(p_tenant_ids, v_prices, p_is_fraudulent, p_fraud_reason, p_fraud_reasons, p_fraud_evidence)
          WITH ORDINALITY AS i (tenant_id, price, is_fraudulent, reason, reasons, evidence, place)
      ) AS c;
    END IF;

    -- By place: unnest would keep every one of the arrays in a store of its own.
    INSERT INTO click_events
    SELECT
      p_tenant_ids[i], p_click_ids[i], v_batch_id, p_received_at, to_timestamp(p_clicked_at_ms[i] / 1000::float8),
      coalesce(v_owners[i], p_advertiser_ids[i]), p_campaign_ids[i], p_ad_ids[i], p_user_ids[i], p_ip_hashes[i],
      p_visitor_keys[i], p_countries[i], p_device_types[i], p_oses[i], p_browsers[i], p_user_agents[i], p_referrers[i],
      p_is_fraudulent[i], p_fraud_reason[i], p_fraud_reasons[i], p_rules_not_run[i], p_fraud_evidence[i], coalesce(v_prices[i], 0),
      coalesce(p_landings[i], '')
    FROM generate_series(1, cardinality(p_click_ids)) AS i
    WHERE v_fresh IS NULL OR v_fresh[i];

    v_fraud_count := cardinality(array_remove(p_is_fraudulent, false));
    IF v_fresh IS NOT NULL THEN
      SELECT count(*) INTO v_fraud_count FROM unnest(p_is_fraudulent, v_fresh) AS c (is_fraudulent, fresh) WHERE c.fresh AND c.is_fraudulent;
    END IF;
    INSERT INTO batches (batch_id, received_at, click_count, fraud_count)
    VALUES (v_batch_id, p_received_at, v_fresh_count, v_fraud_count);

    IF v_owners IS DISTINCT FROM p_advertiser_ids THEN
      RETURN QUERY
      SELECT c.place::integer, false, c.is_fraudulent, coalesce(c.owner, c.advertiser_id)
      FROM unnest(v_fresh, p_is_fraudulent, v_was_flagged, v_owners, p_advertiser_ids)
        WITH ORDINALITY AS c (fresh, is_fraudulent, was_flagged, owner, advertiser_id, place)
      WHERE c.fresh IS NOT FALSE AND (c.owner <> c.advertiser_id OR c.is_fraudulent <> c.was_flagged);
    END IF;
  END IF;

  IF v_fresh_count < cardinality(p_click_ids) THEN
    -- Each batch that had some of them is read once, however many they are.
    RETURN QUERY
    WITH repeats AS MATERIALIZED (
      SELECT i.place, i.tenant_id, i.click_id, k.batch_id, k.received_at
      FROM unnest(p_tenant_ids, p_click_ids, v_fresh) WITH ORDINALITY AS i (tenant_id, click_id, fresh, place)
      LEFT JOIN LATERAL (
        SELECT k.batch_id, k.received_at FROM click_keys k
        WHERE k.generation IN (v_generation, v_generation - 1) AND k.tenant_id = i.tenant_id AND k.click_id = i.click_id OFFSET 0
      ) AS k ON true
      WHERE NOT i.fresh
    ), clicks AS MATERIALIZED (
      SELECT e.tenant_id, e.click_id, e.is_fraudulent
      FROM (SELECT DISTINCT r.batch_id, r.received_at FROM repeats r) AS b
      CROSS JOIN LATERAL (SELECT * FROM click_events e WHERE e.batch_id = b.batch_id AND e.received_at = b.received_at OFFSET 0) AS e
    )
    SELECT r.place::integer, true, coalesce(c.is_fraudulent, false), NULL::text
    FROM repeats r LEFT JOIN clicks c USING (tenant_id, click_id);
  END IF;
END $$;
