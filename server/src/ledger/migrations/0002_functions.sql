-- Makes the daily partitions from today (UTC) to `days_ahead` days on.
CREATE FUNCTION make_partitions(days_ahead integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  day date;
  parent text;
BEGIN
  -- One node at a time: CREATE TABLE IF NOT EXISTS of two sessions at once fails for one of them.
  PERFORM pg_advisory_xact_lock(727004);
  FOR i IN -1..days_ahead LOOP
    day := (now() AT TIME ZONE 'UTC')::date + i;
    FOREACH parent IN ARRAY ARRAY['batches', 'click_events'] LOOP
      EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
        parent || to_char(day, '_YYYYMMDD'), parent, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00'
      );
    END LOOP;
  END LOOP;
END $$;

-- Drops the daily partitions that are wholly older than `days`, unless a batch in them is not delivered yet.
-- Returns how many were dropped.
CREATE FUNCTION drop_old_partitions(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  dropped integer := 0;
  oldest text := to_char((now() AT TIME ZONE 'UTC')::date - days, 'YYYYMMDD');
  suffix text;
  waiting boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(727004);
  FOR suffix IN
    SELECT right(c.relname, 8) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'batches'::regclass AND right(c.relname, 8) < oldest
  LOOP
    EXECUTE format(
      'SELECT EXISTS (SELECT FROM %I b LEFT JOIN chunks c USING (chunk_id) WHERE c.delivered_at IS NULL)',
      'batches_' || suffix
    ) INTO waiting;
    CONTINUE WHEN waiting;
    EXECUTE format('DROP TABLE %I, %I', 'batches_' || suffix, 'click_events_' || suffix);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;

-- Begins a new generation of click ids when the running one is older than the window, and drops the ones no longer
-- looked at. The exclusive lock waits for every running append_batch and holds up new ones: two transactions never
-- disagree on the generation, so that no id slips through at the turn.
CREATE FUNCTION turn_generation(window_days integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  current_generation integer;
  name text;
BEGIN
  IF (SELECT started_at > now() - make_interval(days => window_days) FROM dedup_generation) THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(727001);
  UPDATE dedup_generation SET generation = generation + 1, started_at = now()
  WHERE started_at <= now() - make_interval(days => window_days)
  RETURNING generation INTO current_generation;
  IF NOT FOUND THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF click_keys FOR VALUES IN (%s)', 'click_keys_' || current_generation, current_generation);
  FOR name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'click_keys'::regclass AND substr(c.relname, 12)::integer < current_generation - 1
  LOOP
    EXECUTE format('DROP TABLE %I', name);
  END LOOP;
  RETURN true;
END $$;

-- Stores a batch of clicks, in one transaction and one round trip. Entry i of every array is click i; no (tenant, id) may
-- come twice. Returns the clicks that the ledger had already: their place in the batch (from 1) and their stored verdict.
CREATE FUNCTION append_batch(
  p_received_at timestamptz, p_tenant_ids integer[], p_click_ids uuid[], p_clicked_at_ms bigint[],
  p_advertiser_ids text[], p_campaign_ids text[], p_ad_ids text[], p_user_ids text[], p_ip_hashes text[],
  p_visitor_keys text[], p_countries text[], p_device_types text[], p_oses text[], p_browsers text[],
  p_user_agents text[], p_referrers text[], p_is_fraudulent boolean[], p_fraud_reason text[],
  p_fraud_reasons text[], p_rules_not_run text[], p_fraud_evidence text[]
) RETURNS TABLE (ordinal integer, was_fraudulent boolean) LANGUAGE plpgsql AS $$
DECLARE
  v_generation integer;
  v_batch_id bigint := nextval('batch_ids');
  v_fresh boolean[];
  v_fresh_count integer;
BEGIN
  -- Shared with every other append; turn_generation takes it exclusively. Each statement below sees what was
  -- committed before it began, so the generation is read after the lock is held.
  PERFORM pg_advisory_xact_lock_shared(727001);
  SELECT generation INTO v_generation FROM dedup_generation;

  -- In the order of the key, so that two nodes with the same ids can't deadlock.
  WITH input AS (
    SELECT * FROM unnest(p_tenant_ids, p_click_ids) WITH ORDINALITY AS i (tenant_id, click_id, place)
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
  SELECT array_agg(f.click_id IS NOT NULL ORDER BY i.place), count(f.click_id)
  INTO v_fresh, v_fresh_count
  FROM input i LEFT JOIN inserted f USING (tenant_id, click_id);

  IF v_fresh_count > 0 THEN
    INSERT INTO click_events
    SELECT
      c.tenant_id, c.click_id, v_batch_id, p_received_at, to_timestamp(c.clicked_at_ms / 1000.0),
      c.advertiser_id, c.campaign_id, c.ad_id, c.user_id, c.ip_hash, c.visitor_key, c.country, c.device_type,
      c.os, c.browser, c.user_agent, c.referrer, c.is_fraudulent, c.fraud_reason, c.fraud_reasons, c.rules_not_run, c.fraud_evidence,
      -- A subquery, so that it is an index look-up whatever the planner thinks of the arrays.
      coalesce((SELECT k.cost_per_click_micros FROM campaigns k WHERE k.tenant_id = c.tenant_id AND k.campaign_id = c.campaign_id), 0)
    FROM unnest(
      p_tenant_ids, p_click_ids, p_clicked_at_ms, p_advertiser_ids, p_campaign_ids, p_ad_ids, p_user_ids, p_ip_hashes,
      p_visitor_keys, p_countries, p_device_types, p_oses, p_browsers, p_user_agents, p_referrers, p_is_fraudulent,
      p_fraud_reason, p_fraud_reasons, p_rules_not_run, p_fraud_evidence, v_fresh
    ) AS c (
      tenant_id, click_id, clicked_at_ms, advertiser_id, campaign_id, ad_id, user_id, ip_hash,
      visitor_key, country, device_type, os, browser, user_agent, referrer, is_fraudulent,
      fraud_reason, fraud_reasons, rules_not_run, fraud_evidence, fresh
    )
    WHERE c.fresh;
    INSERT INTO batches (batch_id, received_at, click_count, fraud_count)
    SELECT v_batch_id, p_received_at, v_fresh_count, count(*) FILTER (WHERE c.fresh AND c.is_fraudulent)
    FROM unnest(p_is_fraudulent, v_fresh) AS c (is_fraudulent, fresh);
  END IF;

  IF v_fresh_count < cardinality(p_click_ids) THEN
    RETURN QUERY
    SELECT i.place::integer, coalesce(e.is_fraudulent, false)
    FROM unnest(p_tenant_ids, p_click_ids, v_fresh) WITH ORDINALITY AS i (tenant_id, click_id, fresh, place)
    LEFT JOIN click_keys k
      ON k.generation IN (v_generation, v_generation - 1) AND k.tenant_id = i.tenant_id AND k.click_id = i.click_id
    LEFT JOIN click_events e
      ON e.batch_id = k.batch_id AND e.received_at = k.received_at AND e.click_id = i.click_id AND e.tenant_id = i.tenant_id
    WHERE NOT i.fresh;
  END IF;
END $$;

-- Registers ids that clicks brought and nobody has named. In the order of the key, as above.
CREATE FUNCTION register_entities(p_tenant_ids integer[], p_advertiser_ids text[], p_campaign_ids text[], p_ad_ids text[])
RETURNS void LANGUAGE sql AS $$
  INSERT INTO advertisers (tenant_id, advertiser_id)
  SELECT DISTINCT t, a FROM unnest(p_tenant_ids, p_advertiser_ids) AS i (t, a) ORDER BY t, a
  ON CONFLICT DO NOTHING;
  INSERT INTO campaigns (tenant_id, campaign_id, advertiser_id)
  SELECT DISTINCT ON (t, c) t, c, a FROM unnest(p_tenant_ids, p_campaign_ids, p_advertiser_ids) AS i (t, c, a) ORDER BY t, c
  ON CONFLICT DO NOTHING;
  INSERT INTO ads (tenant_id, ad_id, campaign_id)
  SELECT DISTINCT ON (t, d) t, d, c FROM unnest(p_tenant_ids, p_ad_ids, p_campaign_ids) AS i (t, d, c) ORDER BY t, d
  ON CONFLICT DO NOTHING;
$$;

-- Fixes the next chunk: batches that are committed and not stamped yet, oldest first, up to `clicks_max` clicks (at
-- least one batch). Returns its id, or null when nothing waits.
CREATE FUNCTION stamp_chunk(batches_max integer, clicks_max bigint) RETURNS bigint LANGUAGE sql AS $$
  WITH waiting AS (
    SELECT batch_id, received_at, click_count, fraud_count FROM batches WHERE chunk_id IS NULL ORDER BY batch_id LIMIT batches_max
  ), counted AS (
    SELECT *, sum(click_count) OVER (ORDER BY batch_id) - click_count AS before FROM waiting
  ), picked AS (
    SELECT * FROM counted WHERE before < clicks_max
  ), chunk AS (
    INSERT INTO chunks (click_count, fraud_count)
    SELECT sum(click_count), sum(fraud_count) FROM picked HAVING count(*) > 0 RETURNING chunk_id
  ), stamped AS (
    UPDATE batches b SET chunk_id = chunk.chunk_id
    FROM picked, chunk
    WHERE b.batch_id = picked.batch_id AND b.received_at = picked.received_at
  )
  SELECT chunk_id FROM chunk;
$$;
