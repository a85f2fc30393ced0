-- Conversions: how they are stored, attributed, and read by analytics.
-- Locks: 727008 adjustments, 727031 conversionActions.

-- Registers the actions that conversions bring and nobody has named, with the defaults: as many as `p_actions_max` of a tenant.
CREATE OR REPLACE FUNCTION register_actions(p_tenant_ids integer[], p_actions text[], p_actions_max integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_tenant_id integer;
BEGIN
  FOR v_tenant_id IN
    SELECT DISTINCT i.tenant_id FROM unnest(p_tenant_ids, p_actions) AS i (tenant_id, action)
    WHERE NOT EXISTS (SELECT FROM conversion_actions a WHERE a.tenant_id = i.tenant_id AND a.action = i.action)
    ORDER BY 1
  LOOP
    -- Two nodes must not pass the limit together.
    PERFORM pg_advisory_xact_lock(727031, v_tenant_id);
    INSERT INTO conversion_actions (tenant_id, action)
    SELECT v_tenant_id, i.action
    FROM unnest(p_tenant_ids, p_actions) WITH ORDINALITY AS i (tenant_id, action, place)
    WHERE i.tenant_id = v_tenant_id
      AND NOT EXISTS (SELECT FROM conversion_actions a WHERE a.tenant_id = v_tenant_id AND a.action = i.action)
    GROUP BY i.action ORDER BY min(i.place)
    LIMIT greatest(p_actions_max - (SELECT count(*) FROM conversion_actions a WHERE a.tenant_id = v_tenant_id), 0)
    ON CONFLICT DO NOTHING;
  END LOOP;
END $$;

-- Stores conversions, in one transaction and one round trip. Entry i of every array is conversion i. Of an order id (or a conversion id)
-- that comes twice, the first is stored. A value that is not given is the action's; so is a currency.
--
-- Returns a row for each: its place (from 1), the id that it is stored under, whether the ledger had it already, and why it is refused
-- (`too_many_actions`, `action_paused`, `no_currency`); null when it is not.
--
-- Raises serialization_failure or unique_violation when somebody stores the same ids at the same moment: sent again, it is a duplicate.
CREATE OR REPLACE FUNCTION append_conversions(
  p_received_at timestamptz, p_actions_max integer, p_tenant_ids integer[], p_conversion_ids uuid[], p_converted_at_ms bigint[],
  p_actions text[], p_order_ids text[], p_click_ids uuid[], p_user_ids text[], p_value_micros bigint[], p_currencies text[],
  p_sources text[], p_made_by text[]
) RETURNS TABLE (ordinal integer, conversion_id uuid, is_duplicate boolean, refusal text) LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  v_batch_id bigint := nextval('batch_ids');
  v_keys text[];
  v_values bigint[];
  v_currencies text[];
  v_refusals text[];
  v_window_days integer[];
  -- Places of those that are stored.
  v_fresh integer[];
BEGIN
  PERFORM register_actions(p_tenant_ids, p_actions, p_actions_max);

  SELECT
    array_agg(c.dedup_key ORDER BY c.place), array_agg(c.value_micros ORDER BY c.place), array_agg(c.currency ORDER BY c.place),
    array_agg(c.window_days ORDER BY c.place),
    array_agg(CASE
      WHEN c.status IS NULL THEN 'too_many_actions'
      WHEN c.status = 'paused' THEN 'action_paused'
      WHEN c.value_micros > 0 AND c.currency = '' THEN 'no_currency'
    END ORDER BY c.place)
  INTO v_keys, v_values, v_currencies, v_window_days, v_refusals
  FROM (
    SELECT
      i.place, a.status, coalesce('o:' || i.order_id, 'i:' || i.conversion_id) AS dedup_key,
      coalesce(i.value_micros, a.default_value_micros, 0) AS value_micros,
      coalesce(CASE WHEN i.value_micros IS NOT NULL THEN nullif(i.currency, '') END, a.default_currency, '') AS currency,
      greatest(
        CASE WHEN i.click_id IS NOT NULL THEN a.click_window_days END, CASE WHEN i.user_id IS NOT NULL THEN a.user_window_days END, 0
      ) AS window_days
    FROM unnest(p_tenant_ids, p_conversion_ids, p_actions, p_order_ids, p_click_ids, p_user_ids, p_value_micros, p_currencies)
      WITH ORDINALITY AS i (tenant_id, conversion_id, action, order_id, click_id, user_id, value_micros, currency, place)
    LEFT JOIN conversion_actions a ON a.tenant_id = i.tenant_id AND a.action = i.action
  ) AS c;

  WITH new_keys AS (
    SELECT DISTINCT ON (i.tenant_id, i.action, i.dedup_key) i.*
    FROM unnest(p_tenant_ids, p_conversion_ids, p_actions, v_keys, v_refusals)
      WITH ORDINALITY AS i (tenant_id, conversion_id, action, dedup_key, refusal, place)
    WHERE i.refusal IS NULL
      AND NOT EXISTS (
        SELECT FROM conversion_keys k WHERE k.tenant_id = i.tenant_id AND k.action = i.action AND k.dedup_key = i.dedup_key
      )
      AND NOT EXISTS (
        SELECT FROM conversion_states s WHERE s.tenant_id = i.tenant_id AND s.conversion_id = i.conversion_id
      )
    ORDER BY i.tenant_id, i.action, i.dedup_key, i.place
  ), new_ids AS (
    SELECT DISTINCT ON (n.tenant_id, n.conversion_id) n.* FROM new_keys n ORDER BY n.tenant_id, n.conversion_id, n.place
  ), made AS (
    -- In the order of the key, so that two nodes with the same keys can't deadlock.
    INSERT INTO conversion_keys (tenant_id, action, dedup_key, conversion_id, received_at)
    SELECT n.tenant_id, n.action, n.dedup_key, n.conversion_id, p_received_at FROM new_ids n
    ORDER BY n.tenant_id, n.action, n.dedup_key
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, action, dedup_key
  )
  SELECT array_agg(n.place::integer ORDER BY n.place) INTO v_fresh FROM new_ids n JOIN made USING (tenant_id, action, dedup_key);

  IF v_fresh IS NOT NULL THEN
    INSERT INTO conversions
    SELECT
      p_tenant_ids[i], p_conversion_ids[i], v_batch_id, p_received_at, to_timestamp(p_converted_at_ms[i] / 1000::float8), p_actions[i],
      p_order_ids[i], p_click_ids[i], p_user_ids[i], v_values[i], v_currencies[i], p_sources[i], p_made_by[i]
    FROM unnest(v_fresh) AS f (i);

    INSERT INTO conversion_states (
      tenant_id, conversion_id, batch_id, received_at, revision, changed_at, status, give_up_at, given_click_id, user_id
    )
    SELECT
      c.tenant_id, c.conversion_id, v_batch_id, p_received_at, 0, p_received_at, 'waiting',
      greatest(c.received_at, c.converted_at) + make_interval(days => v_window_days[i]), c.click_id, c.user_id
    FROM unnest(v_fresh) AS f (i)
    JOIN conversions c ON c.batch_id = v_batch_id AND c.received_at = p_received_at
      AND c.tenant_id = p_tenant_ids[i] AND c.conversion_id = p_conversion_ids[i];

    INSERT INTO attributions (
      tenant_id, conversion_id, conversion_received_at, revision, batch_id, made_at, cause, status, reason, action, converted_at,
      value_micros, currency, counts_at, is_deferred
    )
    SELECT
      c.tenant_id, c.conversion_id, c.received_at, 0, v_batch_id, p_received_at, 'received', 'waiting', '', c.action, c.converted_at,
      c.value_micros, c.currency, coalesce(d.counts_at, c.converted_at), d.counts_at IS NOT NULL
    FROM conversions c
    CROSS JOIN LATERAL (SELECT deferred_to(c.tenant_id, c.converted_at, p_received_at) AS counts_at) AS d
    WHERE c.batch_id = v_batch_id AND c.received_at = p_received_at;

    INSERT INTO batches (batch_id, received_at, click_count, fraud_count, conversion_count)
    VALUES (v_batch_id, p_received_at, 0, 0, cardinality(v_fresh));
  END IF;

  RETURN QUERY
  SELECT i.place::integer, coalesce(k.conversion_id, i.conversion_id), i.refusal IS NULL AND NOT i.place = ANY (coalesce(v_fresh, '{}')), i.refusal
  FROM unnest(p_tenant_ids, p_conversion_ids, p_actions, v_keys, v_refusals)
    WITH ORDINALITY AS i (tenant_id, conversion_id, action, dedup_key, refusal, place)
  LEFT JOIN conversion_keys k
    ON i.refusal IS NULL AND k.tenant_id = i.tenant_id AND k.action = i.action AND k.dedup_key = i.dedup_key;

  -- Whoever had the same id at the same moment, under another order id, may have been refused since: nothing is stored then.
  IF EXISTS (
    SELECT FROM unnest(p_tenant_ids, p_conversion_ids, p_actions, v_keys, v_refusals) AS i (tenant_id, conversion_id, action, dedup_key, refusal)
    WHERE i.refusal IS NULL
      AND NOT EXISTS (
        SELECT FROM conversion_keys k WHERE k.tenant_id = i.tenant_id AND k.action = i.action AND k.dedup_key = i.dedup_key
      )
      AND NOT EXISTS (
        SELECT FROM conversion_states s WHERE s.tenant_id = i.tenant_id AND s.conversion_id = i.conversion_id
      )
  ) THEN
    RAISE EXCEPTION 'another request stores the same conversions' USING ERRCODE = 'serialization_failure';
  END IF;
END $$;

-- When something of a closed period counts instead; null when its period is open.
CREATE OR REPLACE FUNCTION deferred_to(p_tenant_id integer, p_at timestamptz, p_made_at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT greatest(p_made_at, max(closed_until)) FROM closed_periods WHERE tenant_id = p_tenant_id HAVING p_at < max(closed_until)
$$;

-- The columns click_id to cost_micros of `attributions` for a click, as the ledger has it; of no click, when null is asked for. Null when the
-- ledger does not have it.
--
-- p_click: click_id, batch_id, received_at_ms, matched_by.
CREATE OR REPLACE FUNCTION click_facts(p_tenant_id integer, p_click jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_click click_events;
  v_landing jsonb;
BEGIN
  IF coalesce(p_click, 'null') = 'null' THEN
    RETURN '{"click_id": null, "click_batch_id": null, "click_received_at": null, "clicked_at": null, "matched_by": null,
      "advertiser_id": "", "campaign_id": "", "ad_id": "", "country": "", "device_type": "", "os": "", "browser": "",
      "link_id": "", "landing": "", "cost_micros": 0}';
  END IF;
  SELECT * INTO v_click FROM click_events e
  WHERE e.batch_id = (p_click ->> 'batch_id')::bigint AND e.received_at = to_timestamp((p_click ->> 'received_at_ms')::bigint / 1000::float8)
    AND e.tenant_id = p_tenant_id AND e.click_id = (p_click ->> 'click_id')::uuid;
  IF NOT FOUND THEN RETURN NULL; END IF;
  v_landing := coalesce(nullif(to_jsonb(v_click) ->> 'landing', ''), '{}')::jsonb;
  RETURN jsonb_build_object(
    'click_id', v_click.click_id, 'click_batch_id', v_click.batch_id, 'click_received_at', v_click.received_at,
    'clicked_at', v_click.clicked_at, 'matched_by', p_click ->> 'matched_by', 'advertiser_id', v_click.advertiser_id,
    'campaign_id', v_click.campaign_id, 'ad_id', v_click.ad_id, 'country', v_click.country, 'device_type', v_click.device_type,
    'os', v_click.os, 'browser', v_click.browser, 'link_id', coalesce(v_landing ->> 'link_id', ''),
    -- Parameters of campaigns alone: what other systems call the click is not needed here.
    'landing', coalesce((
      SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(v_landing) WHERE key LIKE 'utm\_%' OR key ~ '^sub[1-5]$'
    ), ''),
    -- The price that is in force now, of a campaign that is billed by conversion.
    'cost_micros', coalesce((
      SELECT k.cost_per_conversion_micros FROM campaigns k
      WHERE k.tenant_id = p_tenant_id AND k.campaign_id = v_click.campaign_id AND k.pricing_model = 'cpa'
    ), 0)
  );
END $$;

-- Gives conversions another state, and returns those that got one. Each decision is an object:
--   tenant_id, conversion_id, revision   the state that it was decided on; when there is a newer one, nothing is appended
--   cause, status, reason                as in `attributions`
--   click, any_click                     click_id, batch_id, received_at_ms, matched_by; null for none; left out: as before
--   value_micros, currency               left out: as before
--   checked_to                           chunk; left out: as before
-- A decision for a click that the ledger no longer has is not appended either.
CREATE OR REPLACE FUNCTION append_attributions(p_made_at timestamptz, p_decisions jsonb)
RETURNS TABLE (tenant_id integer, conversion_id uuid, revision integer) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  v_batch_id bigint := nextval('batch_ids');
  -- Never before the states that it follows, whatever the clocks say: retention drops states in order.
  v_made_at timestamptz := p_made_at;
BEGIN
  -- What is appended before a period is closed counts in it, what comes after does not. Revisions follow one another by the rows' own locks.
  PERFORM pg_advisory_xact_lock_shared(727008);
  SELECT greatest(p_made_at, max(s.changed_at)) INTO v_made_at
  FROM (
    SELECT s.changed_at
    FROM jsonb_to_recordset(p_decisions) AS d (tenant_id integer, conversion_id uuid)
    JOIN conversion_states s ON s.tenant_id = d.tenant_id AND s.conversion_id = d.conversion_id
    ORDER BY s.tenant_id, s.conversion_id FOR UPDATE OF s
  ) AS s;

  RETURN QUERY
  WITH decided AS (
    SELECT DISTINCT ON (s.tenant_id, s.conversion_id)
      s.tenant_id, s.conversion_id, s.changed_at, (x ->> 'checked_to')::bigint AS checked_to, x AS decision,
      CASE WHEN x ? 'click' THEN click_facts(s.tenant_id, x -> 'click') ELSE '{}' END AS click,
      CASE WHEN x ? 'any_click' THEN click_facts(s.tenant_id, x -> 'any_click') ELSE '{}' END AS any_click
    FROM jsonb_array_elements(p_decisions) AS x
    JOIN conversion_states s ON s.tenant_id = (x ->> 'tenant_id')::integer AND s.conversion_id = (x ->> 'conversion_id')::uuid
      AND s.revision = (x ->> 'revision')::integer
  ), made AS (
    INSERT INTO attributions
    SELECT n.*
    FROM decided d
    JOIN attributions p ON p.tenant_id = d.tenant_id AND p.conversion_id = d.conversion_id AND p.made_at = d.changed_at
      AND p.revision = (d.decision ->> 'revision')::integer
    CROSS JOIN LATERAL (SELECT deferred_to(p.tenant_id, p.counts_at, v_made_at) AS counts_at) AS f
    CROSS JOIN LATERAL jsonb_populate_record(p, d.click || jsonb_strip_nulls(jsonb_build_object(
      'revision', p.revision + 1, 'batch_id', v_batch_id, 'made_at', v_made_at, 'cause', d.decision ->> 'cause',
      'status', d.decision ->> 'status', 'reason', d.decision ->> 'reason', 'value_micros', d.decision -> 'value_micros',
      'currency', d.decision ->> 'currency', 'counts_at', f.counts_at, 'is_deferred', p.is_deferred OR f.counts_at IS NOT NULL,
      'previous', to_jsonb(p) - 'previous'
    )) || CASE WHEN d.decision ? 'any_click' THEN jsonb_build_object('any_click', CASE
      -- The same click is said once.
      WHEN d.any_click ->> 'click_id' IS DISTINCT FROM
        CASE WHEN d.decision ? 'click' THEN d.click ->> 'click_id' ELSE p.click_id::text END THEN d.any_click
    END) ELSE '{}' END) AS n
    WHERE d.click IS NOT NULL AND d.any_click IS NOT NULL
    RETURNING *
  ), moved AS (
    UPDATE conversion_states s SET
      revision = m.revision, changed_at = m.made_at, status = m.status, checked_to = coalesce(d.checked_to, s.checked_to),
      click_id = m.click_id, any_click_id = coalesce((m.any_click ->> 'click_id')::uuid, m.click_id)
    FROM made m JOIN decided d USING (tenant_id, conversion_id)
    WHERE s.tenant_id = m.tenant_id AND s.conversion_id = m.conversion_id
  )
  SELECT m.tenant_id, m.conversion_id, m.revision FROM made m;

  INSERT INTO batches (batch_id, received_at, click_count, fraud_count, conversion_count)
  SELECT v_batch_id, v_made_at, 0, 0, count(*)
  FROM attributions a CROSS JOIN LATERAL changes_of_attribution(a)
  WHERE a.batch_id = v_batch_id AND a.made_at = v_made_at
  HAVING count(*) > 0;
END $$;

-- A state as each view of it: bit 1 of `views` is by valid clicks alone, bit 2 by all clicks. Most of the time both are the same.
CREATE OR REPLACE FUNCTION attribution_views(p_state attributions) RETURNS TABLE (views integer, state attributions) LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_state.any_click IS NULL THEN 3 ELSE 1 END, p_state
  UNION ALL
  SELECT 2, jsonb_populate_record(
    p_state, p_state.any_click || CASE WHEN p_state.status = 'retracted' THEN '{}' ELSE '{"status": "attributed", "reason": ""}' END::jsonb
  )
  WHERE p_state.any_click IS NOT NULL
$$;

-- What a row of `attributions` is in analytics: the new state (sign 1) and the one that it takes away (sign -1), as each view, once at the time
-- of the conversion and, when it has a click, once at the time of the click. What is deferred counts at one time.
CREATE OR REPLACE FUNCTION changes_of_attribution(p_row attributions)
RETURNS TABLE (sign integer, revision integer, views integer, basis text, at timestamptz, state attributions) LANGUAGE sql STABLE ROWS 3 AS $$
  SELECT s.sign, s.revision, s.views, b.basis, b.at, s.state
  FROM (
    SELECT 1 AS sign, p_row.revision, v.* FROM attribution_views(p_row) AS v
    UNION ALL
    SELECT -1, p_row.revision - 1, v.* FROM attribution_views(jsonb_populate_record(NULL::attributions, p_row.previous)) AS v
    WHERE p_row.revision > 0
  ) AS s
  CROSS JOIN LATERAL (
    SELECT 'conversion' AS basis, p_row.counts_at AS at
    UNION ALL
    SELECT 'click', CASE WHEN p_row.is_deferred THEN p_row.counts_at ELSE (s.state).clicked_at END WHERE (s.state).click_id IS NOT NULL
  ) AS b
$$;

-- The conversions of one chunk. A chunk is read by what it is made of, as in clicks_of_chunk.
CREATE OR REPLACE FUNCTION conversions_of_chunk(p_chunk_id bigint, p_first_at timestamptz, p_last_at timestamptz)
RETURNS TABLE (
  batch_id bigint, tenant_id integer, conversion_id uuid, basis text, at_ms bigint, converted_at_ms bigint, clicked_at_ms bigint,
  action text, status text, reason text, value_micros bigint, currency text, cost_micros bigint, seconds_to_convert bigint, click_id uuid,
  advertiser_id text, campaign_id text, ad_id text, country text, device_type text, os text, browser text, link_id text, landing text,
  views integer, sign integer, revision integer, deferred integer
) LANGUAGE plpgsql STABLE COST 100000 ROWS 1000 AS $$
BEGIN
  RETURN QUERY EXECUTE $query$
    SELECT
      b.batch_id, (c.state).tenant_id, (c.state).conversion_id, c.basis, (extract(epoch FROM c.at) * 1000)::bigint,
      (extract(epoch FROM (c.state).converted_at) * 1000)::bigint,
      coalesce((extract(epoch FROM (c.state).clicked_at) * 1000)::bigint, 0),
      (c.state).action, (c.state).status, (c.state).reason, (c.state).value_micros, (c.state).currency, (c.state).cost_micros,
      coalesce(greatest(extract(epoch FROM (c.state).converted_at - (c.state).clicked_at), 0), 0)::bigint,
      coalesce((c.state).click_id, '00000000-0000-0000-0000-000000000000'), (c.state).advertiser_id, (c.state).campaign_id, (c.state).ad_id,
      (c.state).country, (c.state).device_type, (c.state).os, (c.state).browser, (c.state).link_id, (c.state).landing,
      c.views, c.sign, c.revision, (a.made).is_deferred::integer
    FROM batches b
    CROSS JOIN LATERAL (
      SELECT a AS made FROM attributions a
      WHERE a.batch_id = b.batch_id AND a.made_at = b.received_at AND a.made_at BETWEEN $2 AND $3
      OFFSET 0
    ) AS a
    CROSS JOIN LATERAL changes_of_attribution(a.made) AS c
    WHERE b.chunk_id = $1 AND b.received_at BETWEEN $2 AND $3 AND b.conversion_count > 0
  $query$ USING p_chunk_id, p_first_at, p_last_at;
END $$;

-- What ClickHouse reads.
CREATE OR REPLACE VIEW chunk_conversions AS
SELECT k.chunk_id, c.*
FROM chunks k
CROSS JOIN LATERAL conversions_of_chunk(k.chunk_id, k.first_received_at, k.last_received_at) AS c
WHERE k.conversion_count > 0;

-- The same for one part of a chunk whose conversions were refused.
CREATE OR REPLACE VIEW chunk_part_conversions AS
SELECT p.part_id, c.*
FROM chunk_parts p
CROSS JOIN LATERAL (
  SELECT * FROM chunk_conversions c
  WHERE c.chunk_id = p.chunk_id AND c.conversion_id BETWEEN p.first_click_id AND p.last_click_id
  OFFSET 0
) AS c
WHERE p.kind = 'conversions';
