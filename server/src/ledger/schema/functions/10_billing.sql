
-- Locks: 727008 adjustments.

CREATE OR REPLACE TRIGGER billing_periods_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_periods
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER statements_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON statements
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER statement_lines_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER billing_totals_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_totals
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER closed_periods_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON closed_periods
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER statement_terms_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_terms
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- No route leads there. If one ever does, nothing is closed and nothing is billed.
CREATE OR REPLACE FUNCTION refuse_bill_of_test_data() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM tenants WHERE tenant_id = NEW.tenant_id AND test_of IS NOT NULL) THEN
    RAISE EXCEPTION 'tenant % is test data, which is never billed', NEW.tenant_id;
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER billing_periods_of_live_tenants BEFORE INSERT ON billing_periods
  FOR EACH ROW EXECUTE FUNCTION refuse_bill_of_test_data();
CREATE OR REPLACE TRIGGER statements_of_live_tenants BEFORE INSERT ON statements
  FOR EACH ROW EXECUTE FUNCTION refuse_bill_of_test_data();

-- Closes a month: fixes every click and adjustment that is committed in a chunk, and cuts there. Under the lock of adjustments:
-- one that began before is in the month, one after it sees that it is closed. A click that is committed a moment later is in a
-- later chunk, and so in the next month, as one that came late.
CREATE OR REPLACE FUNCTION close_billing_period(
  p_tenant_id integer, p_period text, p_from timestamptz, p_to timestamptz, p_time_zone text, p_currency text,
  p_batches_max integer, p_clicks_max bigint, p_closed_by text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_last billing_periods;
BEGIN
  PERFORM pg_advisory_xact_lock(727008);
  WHILE stamp_chunk(p_batches_max, p_clicks_max) IS NOT NULL LOOP
  END LOOP;
  SELECT * INTO v_last FROM billing_periods WHERE tenant_id = p_tenant_id ORDER BY from_time DESC LIMIT 1;
  IF v_last.to_time <> p_from THEN
    RAISE EXCEPTION 'month % does not follow %', p_period, v_last.period USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  INSERT INTO closed_periods (tenant_id, closed_until, closed_by) VALUES (p_tenant_id, p_to, p_closed_by) ON CONFLICT DO NOTHING;
  INSERT INTO billing_periods (
    tenant_id, period, from_time, to_time, time_zone, currency, billed_since, after_chunk_id, upto_chunk_id, closed_at, closed_by
  )
  SELECT
    p_tenant_id, p_period, p_from, p_to, p_time_zone, p_currency, coalesce(v_last.billed_since, p_from),
    coalesce(v_last.upto_chunk_id, 0), coalesce(max(chunk_id), 0), now(), p_closed_by
  FROM chunks;
END $$;

-- The lines of a closed month, counted from the clicks, the impressions, the attributions, and what adjustments keep of their clicks; of one
-- advertiser or (null) of all. A price is the one that was stored with the event. `fingerprint` is of the ids, revisions and verdicts that
-- were counted: a sum, so that no order matters. Receipt bounds the search: nothing in the month was received before it began (clocks may
-- be an hour apart), or after its closing.
CREATE OR REPLACE FUNCTION billed_lines(p_tenant_id integer, p_period text, p_advertiser_id text) RETURNS TABLE (
  advertiser_id text, campaign_id text, is_correction boolean, pricing_model text, price_micros bigint, cost_per_click_micros bigint,
  clicks bigint, flagged bigint, adjusted bigint, impressions bigint, conversions bigint, fingerprint text
) LANGUAGE plpgsql STABLE AS $$
DECLARE
  v billing_periods;
  v_first timestamptz;
  v_last timestamptz;
BEGIN
  SELECT * INTO STRICT v FROM billing_periods p WHERE p.tenant_id = p_tenant_id AND p.period = p_period;
  v_first := v.from_time - interval '1 hour';
  v_last := v.closed_at + interval '1 day';
  RETURN QUERY
  WITH fixed AS (
    SELECT b.batch_id, b.received_at, b.adjustment_count, b.impression_count, b.conversion_count, b.chunk_id > v.after_chunk_id AS is_new
    FROM batches b WHERE b.chunk_id <= v.upto_chunk_id AND b.received_at >= v_first AND b.received_at < v_last
  ), counted AS (
    SELECT
      e.advertiser_id, e.campaign_id, e.clicked_at < v.from_time AS is_correction, 'cpc' AS model, e.cost_micros AS price,
      1 AS clicks, e.is_fraudulent::integer AS flagged, 0 AS adjusted, 0::bigint AS impressions, 0 AS conversions,
      half_of_id(e.click_id) # e.is_fraudulent::integer AS mark
    FROM fixed b JOIN click_events e ON e.batch_id = b.batch_id AND e.received_at = b.received_at
    WHERE e.tenant_id = p_tenant_id AND e.received_at >= v_first AND e.received_at < v_last
      AND e.clicked_at >= v.billed_since AND e.clicked_at < v.to_time AND (e.clicked_at >= v.from_time OR b.is_new)
      AND (p_advertiser_id IS NULL OR e.advertiser_id = p_advertiser_id)
    UNION ALL
    SELECT
      a.advertiser_id, a.campaign_id, a.is_deferred OR a.counts_at < v.from_time, 'cpc', a.cost_micros,
      0, 0, CASE WHEN a.is_fraudulent THEN -1 ELSE 1 END, 0, 0,
      half_of_id(a.click_id) # (2 * a.revision + a.is_fraudulent::integer)
    FROM fixed b
    JOIN adjustments a ON a.batch_id = b.batch_id
    WHERE b.adjustment_count > 0 AND a.tenant_id = p_tenant_id
      AND a.clicked_at >= v.billed_since AND a.counts_at < v.to_time AND (a.counts_at >= v.from_time OR b.is_new)
      AND (p_advertiser_id IS NULL OR a.advertiser_id = p_advertiser_id)
    UNION ALL
    SELECT
      i.advertiser_id, i.campaign_id, i.hour < v.from_time, 'cpm', i.price_per_thousand_micros, 0, 0, 0, i.impressions, 0,
      half_of_id(i.count_id) # i.impressions
    FROM fixed b
    JOIN impression_counts i ON i.batch_id = b.batch_id AND i.received_at = b.received_at
    WHERE b.impression_count > 0 AND i.tenant_id = p_tenant_id AND i.received_at >= v_first AND i.received_at < v_last
      AND i.price_per_thousand_micros > 0
      AND i.hour >= v.billed_since AND i.hour < v.to_time AND (i.hour >= v.from_time OR b.is_new)
      AND (p_advertiser_id IS NULL OR i.advertiser_id = p_advertiser_id)
    UNION ALL
    -- An attribution brings a state, and takes the one before it away: both count when it does.
    SELECT
      s.advertiser_id, s.campaign_id, a.is_deferred OR a.counts_at < v.from_time, 'cpa', s.cost_micros, 0, 0, 0, 0, s.sign,
      half_of_id(a.conversion_id) # (2 * a.revision + (s.sign = 1)::integer)
    FROM fixed b
    JOIN attributions a ON a.batch_id = b.batch_id AND a.made_at = b.received_at
    CROSS JOIN LATERAL (VALUES
      (1, a.status, a.advertiser_id, a.campaign_id, a.cost_micros),
      (-1, a.previous ->> 'status', a.previous ->> 'advertiser_id', a.previous ->> 'campaign_id', (a.previous ->> 'cost_micros')::bigint)
    ) AS s (sign, status, advertiser_id, campaign_id, cost_micros)
    WHERE b.conversion_count > 0 AND a.tenant_id = p_tenant_id AND a.made_at >= v_first AND a.made_at < v_last
      AND s.status = 'attributed' AND s.cost_micros > 0
      AND a.converted_at >= v.billed_since AND a.counts_at < v.to_time AND (a.counts_at >= v.from_time OR b.is_new)
      AND (p_advertiser_id IS NULL OR s.advertiser_id = p_advertiser_id)
  )
  SELECT
    c.advertiser_id, c.campaign_id, c.is_correction, c.model, c.price, CASE c.model WHEN 'cpc' THEN c.price ELSE 0 END,
    sum(c.clicks), sum(c.flagged), sum(c.adjusted), sum(c.impressions)::bigint, sum(c.conversions), sum(c.mark)::text
  FROM counted c
  GROUP BY c.advertiser_id, c.campaign_id, c.is_correction, c.model, c.price
  ORDER BY c.advertiser_id COLLATE "C", c.is_correction, c.campaign_id COLLATE "C", c.model, c.price;
END $$;

-- Whether the ledger still has all that the month was counted from.
CREATE OR REPLACE FUNCTION has_whole_period(p_tenant_id integer, p_period text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT is_kept_since(p_tenant_id, v.from_time) AND NOT EXISTS (
    -- an adjustment of this month about a click that was dropped before it could be copied
    SELECT FROM adjustments a JOIN batches b ON b.batch_id = a.batch_id AND b.received_at = a.made_at
    WHERE a.clicked_at IS NULL AND a.tenant_id = p_tenant_id AND b.chunk_id > v.after_chunk_id AND b.chunk_id <= v.upto_chunk_id
  )
  FROM billing_periods v WHERE v.tenant_id = p_tenant_id AND v.period = p_period;
$$;

-- How many days the ledger must keep for the months that are still to be closed; null when nobody has closed one.
CREATE OR REPLACE FUNCTION days_to_be_billed() RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT max((now() AT TIME ZONE 'UTC')::date - ((last_to - interval '1 hour') AT TIME ZONE 'UTC')::date)
  FROM (SELECT max(to_time) AS last_to FROM billing_periods GROUP BY tenant_id) AS each_tenant;
$$;
