
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
  p_fraud_reasons text[], p_rules_not_run text[], p_fraud_evidence text[]
) RETURNS TABLE (ordinal integer, is_repeat boolean, is_flagged boolean, stored_advertiser_id text) LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_generation integer;
  v_batch_id bigint := nextval('batch_ids');
  v_fresh boolean[];
  v_fresh_count integer;
  v_inserted integer;
  -- Of the click's campaign; null when nobody has registered it.
  v_owners text[];
  v_prices bigint[];
  v_was_flagged boolean[] := p_is_fraudulent;
BEGIN
  -- Shared with every other append; turn_generation takes it exclusively. Each statement below sees what was
  -- committed before it began, so the generation is read after the lock is held.
  PERFORM pg_advisory_xact_lock_shared(727001);
  SELECT generation INTO v_generation FROM dedup_generation;

  -- In the order of the key, so that two nodes with the same ids can't deadlock.
  WITH input AS (
    SELECT * FROM unnest(p_tenant_ids, p_click_ids, p_campaign_ids) WITH ORDINALITY AS i (tenant_id, click_id, campaign_id, place)
  ), inserted AS (
    INSERT INTO click_keys (generation, tenant_id, click_id, batch_id, received_at)
    SELECT v_generation, i.tenant_id, i.click_id, v_batch_id, p_received_at
    FROM input i
    WHERE NOT EXISTS (
      SELECT FROM click_keys k
      WHERE k.generation = v_generation - 1 AND k.tenant_id = i.tenant_id AND k.click_id = i.click_id
    )
    ORDER BY i.tenant_id, i.click_id
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, click_id
  )
  SELECT
    array_agg(f.click_id IS NOT NULL ORDER BY i.place), count(f.click_id), (SELECT count(*) FROM inserted),
    array_agg(k.advertiser_id ORDER BY i.place), array_agg(k.cost_per_click_micros ORDER BY i.place)
  INTO v_fresh, v_fresh_count, v_inserted, v_owners, v_prices
  FROM input i LEFT JOIN inserted f USING (tenant_id, click_id)
  -- OFFSET 0 keeps it a look-up by key for each click, whatever the planner thinks of the arrays.
  LEFT JOIN LATERAL (
    SELECT k.advertiser_id, k.cost_per_click_micros FROM campaigns k
    WHERE k.tenant_id = i.tenant_id AND k.campaign_id = i.campaign_id OFFSET 0
  ) AS k ON true;

  -- An id that comes twice is one key, and new in both places.
  IF v_fresh_count > v_inserted THEN
    SELECT array_agg(i.fresh AND i.place = i.first_place ORDER BY i.place) INTO v_fresh
    FROM (
      SELECT fresh, place, min(place) OVER (PARTITION BY tenant_id, click_id) AS first_place
      FROM unnest(p_tenant_ids, p_click_ids, v_fresh) WITH ORDINALITY AS c (tenant_id, click_id, fresh, place)
    ) AS i;
    v_fresh_count := v_inserted;
  END IF;

  IF v_fresh_count > 0 THEN
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

    INSERT INTO click_events
    SELECT
      c.tenant_id, c.click_id, v_batch_id, p_received_at, to_timestamp(c.clicked_at_ms / 1000.0),
      coalesce(c.owner, c.advertiser_id), c.campaign_id, c.ad_id, c.user_id, c.ip_hash, c.visitor_key, c.country, c.device_type,
      c.os, c.browser, c.user_agent, c.referrer, c.is_fraudulent, c.fraud_reason, c.fraud_reasons, c.rules_not_run, c.fraud_evidence,
      coalesce(c.price, 0)
    FROM unnest(
      p_tenant_ids, p_click_ids, p_clicked_at_ms, p_advertiser_ids, p_campaign_ids, p_ad_ids, p_user_ids, p_ip_hashes,
      p_visitor_keys, p_countries, p_device_types, p_oses, p_browsers, p_user_agents, p_referrers, p_is_fraudulent,
      p_fraud_reason, p_fraud_reasons, p_rules_not_run, p_fraud_evidence, v_fresh, v_owners, v_prices
    ) AS c (
      tenant_id, click_id, clicked_at_ms, advertiser_id, campaign_id, ad_id, user_id, ip_hash,
      visitor_key, country, device_type, os, browser, user_agent, referrer, is_fraudulent,
      fraud_reason, fraud_reasons, rules_not_run, fraud_evidence, fresh, owner, price
    )
    WHERE c.fresh;
    INSERT INTO batches (batch_id, received_at, click_count, fraud_count)
    SELECT v_batch_id, p_received_at, v_fresh_count, count(*) FILTER (WHERE c.fresh AND c.is_fraudulent)
    FROM unnest(p_is_fraudulent, v_fresh) AS c (is_fraudulent, fresh);

    IF v_owners IS DISTINCT FROM p_advertiser_ids THEN
      RETURN QUERY
      SELECT c.place::integer, false, c.is_fraudulent, coalesce(c.owner, c.advertiser_id)
      FROM unnest(v_fresh, p_is_fraudulent, v_was_flagged, v_owners, p_advertiser_ids)
        WITH ORDINALITY AS c (fresh, is_fraudulent, was_flagged, owner, advertiser_id, place)
      WHERE c.fresh AND (c.owner <> c.advertiser_id OR c.is_fraudulent <> c.was_flagged);
    END IF;
  END IF;

  IF v_fresh_count < cardinality(p_click_ids) THEN
    RETURN QUERY
    SELECT i.place::integer, true, coalesce(e.is_fraudulent, false), NULL::text
    FROM unnest(p_tenant_ids, p_click_ids, v_fresh) WITH ORDINALITY AS i (tenant_id, click_id, fresh, place)
    LEFT JOIN click_keys k
      ON k.generation IN (v_generation, v_generation - 1) AND k.tenant_id = i.tenant_id AND k.click_id = i.click_id
    LEFT JOIN click_events e
      ON e.batch_id = k.batch_id AND e.received_at = k.received_at AND e.click_id = i.click_id AND e.tenant_id = i.tenant_id
    WHERE NOT i.fresh;
  END IF;
END $$;
