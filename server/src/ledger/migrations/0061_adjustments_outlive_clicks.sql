-- An adjustment outlives its click: a verdict about a closed month is a credit on a later statement, and retention may drop the click
-- before that statement is made. So an adjustment carries what a bill and a rebuild need of its click. Personal data is not among it:
-- an erasure has to look at clicks alone. Null: the click was dropped before there were these columns.
ALTER TABLE adjustments
  ADD COLUMN advertiser_id text,
  ADD COLUMN campaign_id   text,
  ADD COLUMN ad_id         text,
  ADD COLUMN country       text,
  ADD COLUMN device_type   text,
  ADD COLUMN os            text,
  ADD COLUMN browser       text,
  ADD COLUMN cost_micros   bigint,
  ADD COLUMN clicked_at    timestamptz;
UPDATE adjustments a SET
  advertiser_id = e.advertiser_id, campaign_id = e.campaign_id, ad_id = e.ad_id, country = e.country, device_type = e.device_type,
  os = e.os, browser = e.browser, cost_micros = e.cost_micros, clicked_at = e.clicked_at
FROM click_events e
WHERE e.batch_id = a.click_batch_id AND e.received_at = a.click_received_at AND e.tenant_id = a.tenant_id AND e.click_id = a.click_id;
CREATE INDEX adjustments_without_click ON adjustments (tenant_id, batch_id) WHERE clicked_at IS NULL;

-- Whoever writes an adjustment, it gets its copy.
CREATE FUNCTION copy_click() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT e.advertiser_id, e.campaign_id, e.ad_id, e.country, e.device_type, e.os, e.browser, e.cost_micros, e.clicked_at
  INTO NEW.advertiser_id, NEW.campaign_id, NEW.ad_id, NEW.country, NEW.device_type, NEW.os, NEW.browser, NEW.cost_micros, NEW.clicked_at
  FROM click_events e
  WHERE e.batch_id = NEW.click_batch_id AND e.received_at = NEW.click_received_at
    AND e.tenant_id = NEW.tenant_id AND e.click_id = NEW.click_id;
  RETURN NEW;
END $$;
CREATE TRIGGER adjustments_copy_click BEFORE INSERT ON adjustments FOR EACH ROW EXECUTE FUNCTION copy_click();

-- As before; an adjustment is read with or without its click. One that counts in the click's own month is left out when the click is
-- gone: that month can not be rebuilt, and without the click the adjustment says nothing.
CREATE OR REPLACE FUNCTION clicks_of_chunk(p_chunk_id bigint, p_first_at timestamptz, p_last_at timestamptz, p_adjustment_count bigint)
RETURNS TABLE (
  batch_id bigint, tenant_id integer, click_id uuid, received_at_ms bigint, clicked_at_ms bigint, advertiser_id text,
  campaign_id text, ad_id text, user_id text, ip_hash text, visitor_key text, country text, device_type text, os text,
  browser text, user_agent text, referrer text, is_fraudulent integer, fraud_reason text, fraud_reasons text,
  rules_not_run text, fraud_evidence text, cost_micros bigint, sign integer, revision integer, deferred integer
) LANGUAGE plpgsql STABLE COST 100000 ROWS 5000 AS $$
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
        a.is_deferred::integer
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

-- As before; adjustments are counted by what they keep of their clicks.
CREATE OR REPLACE FUNCTION billed_lines(p_tenant_id integer, p_period text, p_advertiser_id text) RETURNS TABLE (
  advertiser_id text, campaign_id text, is_correction boolean, cost_per_click_micros bigint,
  clicks bigint, flagged bigint, adjusted bigint, fingerprint text
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
    SELECT b.batch_id, b.received_at, b.adjustment_count, b.chunk_id > v.after_chunk_id AS is_new
    FROM batches b WHERE b.chunk_id <= v.upto_chunk_id AND b.received_at >= v_first AND b.received_at < v_last
  ), counted AS (
    SELECT
      e.advertiser_id, e.campaign_id, e.clicked_at < v.from_time AS is_correction, e.cost_micros,
      1 AS clicks, e.is_fraudulent::integer AS flagged, 0 AS adjusted,
      half_of_id(e.click_id) # e.is_fraudulent::integer AS mark
    FROM fixed b JOIN click_events e ON e.batch_id = b.batch_id AND e.received_at = b.received_at
    WHERE e.tenant_id = p_tenant_id AND e.received_at >= v_first AND e.received_at < v_last
      AND e.clicked_at >= v.billed_since AND e.clicked_at < v.to_time AND (e.clicked_at >= v.from_time OR b.is_new)
      AND (p_advertiser_id IS NULL OR e.advertiser_id = p_advertiser_id)
    UNION ALL
    SELECT
      a.advertiser_id, a.campaign_id, a.is_deferred OR a.counts_at < v.from_time, a.cost_micros,
      0, 0, CASE WHEN a.is_fraudulent THEN -1 ELSE 1 END,
      half_of_id(a.click_id) # (2 * a.revision + a.is_fraudulent::integer)
    FROM fixed b
    JOIN adjustments a ON a.batch_id = b.batch_id
    WHERE b.adjustment_count > 0 AND a.tenant_id = p_tenant_id
      AND a.clicked_at >= v.billed_since AND a.counts_at < v.to_time AND (a.counts_at >= v.from_time OR b.is_new)
      AND (p_advertiser_id IS NULL OR a.advertiser_id = p_advertiser_id)
  )
  SELECT
    c.advertiser_id, c.campaign_id, c.is_correction, c.cost_micros,
    sum(c.clicks), sum(c.flagged), sum(c.adjusted), sum(c.mark)::text
  FROM counted c
  GROUP BY 1, 2, 3, 4
  ORDER BY c.advertiser_id COLLATE "C", c.is_correction, c.campaign_id COLLATE "C", c.cost_micros;
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
