-- Statements: what an advertiser owes for a month. A month is closed once; what it says then never changes, and can be
-- counted anew from the clicks at any later time.
ALTER TABLE tenants
  ADD COLUMN currency     text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
  ADD COLUMN billing_zone text NOT NULL DEFAULT 'UTC';

-- A closed month. What is in it is cut twice: by the clicks' own time, and by the chunks of the ledger, which never gain or lose
-- a click. So each click and each adjustment is in one month, once and for good:
--   its own time in the month, and in a chunk that was fixed when the month was closed; or
--   its own time before the month (it came late), and in a chunk fixed after the month before was closed.
CREATE TABLE billing_periods (
  tenant_id      integer     NOT NULL REFERENCES tenants,
  period         text        NOT NULL CHECK (period ~ '^\d{4}-\d{2}$'),
  from_time      timestamptz NOT NULL,
  to_time        timestamptz NOT NULL CHECK (to_time > from_time),
  time_zone      text        NOT NULL,
  currency       text        NOT NULL,
  -- The start of the first month that was ever closed: what lies before is never billed.
  billed_since   timestamptz NOT NULL,
  after_chunk_id bigint      NOT NULL,
  upto_chunk_id  bigint      NOT NULL,
  closed_at      timestamptz NOT NULL,
  closed_by      text        NOT NULL,
  PRIMARY KEY (tenant_id, period),
  UNIQUE (tenant_id, from_time)
);

CREATE TABLE statements (
  statement_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id       integer     NOT NULL,
  period          text        NOT NULL,
  -- 2026-11-0001: without gaps within the month
  number          text        NOT NULL,
  advertiser_id   text        NOT NULL,
  advertiser_name text,
  clicks          bigint      NOT NULL,
  flagged         bigint      NOT NULL,
  adjusted        bigint      NOT NULL,
  billable        bigint      NOT NULL CHECK (billable = clicks - flagged + adjusted),
  cost_micros     bigint      NOT NULL,
  -- SHA-256 of the statement as CSV, and which form of it
  checksum        text        NOT NULL,
  csv_version     integer     NOT NULL,
  made_at         timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, period) REFERENCES billing_periods,
  UNIQUE (tenant_id, number),
  UNIQUE (tenant_id, period, advertiser_id)
);
CREATE INDEX statements_of_tenant ON statements (tenant_id, statement_id DESC);

CREATE TABLE statement_lines (
  tenant_id             integer NOT NULL,
  statement_id          bigint  NOT NULL REFERENCES statements,
  line                  integer NOT NULL,
  campaign_id           text    NOT NULL,
  campaign_name         text,
  -- of an earlier month: clicks that came late, verdicts found after its closing
  is_correction         boolean NOT NULL,
  cost_per_click_micros bigint  NOT NULL,
  clicks                bigint  NOT NULL,
  flagged               bigint  NOT NULL,
  adjusted              bigint  NOT NULL,
  billable              bigint  NOT NULL CHECK (billable = clicks - flagged + adjusted),
  cost_micros           bigint  NOT NULL CHECK (cost_micros = billable * cost_per_click_micros),
  fingerprint           text    NOT NULL,
  PRIMARY KEY (statement_id, line)
);

-- The sum of a month's statements. It is there when they all are.
CREATE TABLE billing_totals (
  tenant_id   integer NOT NULL,
  period      text    NOT NULL,
  statements  integer NOT NULL,
  clicks      bigint  NOT NULL,
  flagged     bigint  NOT NULL,
  adjusted    bigint  NOT NULL,
  billable    bigint  NOT NULL,
  cost_micros bigint  NOT NULL,
  PRIMARY KEY (tenant_id, period),
  FOREIGN KEY (tenant_id, period) REFERENCES billing_periods
);

CREATE TRIGGER billing_periods_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_periods
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statements_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON statements
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_lines_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER billing_totals_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_totals
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER closed_periods_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON closed_periods
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Closes a month: fixes every click and adjustment that is committed in a chunk, and cuts there. Under the lock of adjustments:
-- one that began before is in the month, one after it sees that it is closed. A click that is committed a moment later is in a
-- later chunk, and so in the next month, as one that came late.
CREATE FUNCTION close_billing_period(
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

-- The lines of a closed month, counted from the clicks, of one advertiser or (null) of all. The price of a click is the one that
-- was stored with it. `fingerprint` is of the ids, revisions and verdicts that were counted: a sum, so that no order matters.
-- Receipt bounds the search: nothing in the month was received before it began (clocks may be an hour apart), or after its closing.
CREATE FUNCTION billed_lines(p_tenant_id integer, p_period text, p_advertiser_id text) RETURNS TABLE (
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
      e.advertiser_id, e.campaign_id, a.is_deferred OR a.counts_at < v.from_time, e.cost_micros,
      0, 0, CASE WHEN a.is_fraudulent THEN -1 ELSE 1 END,
      half_of_id(e.click_id) # (2 * a.revision + a.is_fraudulent::integer)
    FROM fixed b
    JOIN adjustments a ON a.batch_id = b.batch_id
    JOIN click_events e ON e.batch_id = a.click_batch_id AND e.received_at = a.click_received_at
      AND e.tenant_id = a.tenant_id AND e.click_id = a.click_id
    WHERE b.adjustment_count > 0 AND a.tenant_id = p_tenant_id
      AND e.clicked_at >= v.billed_since AND a.counts_at < v.to_time AND (a.counts_at >= v.from_time OR b.is_new)
      AND (p_advertiser_id IS NULL OR e.advertiser_id = p_advertiser_id)
  )
  SELECT
    c.advertiser_id, c.campaign_id, c.is_correction, c.cost_micros,
    sum(c.clicks), sum(c.flagged), sum(c.adjusted), sum(c.mark)::text
  FROM counted c
  GROUP BY 1, 2, 3, 4
  ORDER BY c.advertiser_id COLLATE "C", c.is_correction, c.campaign_id COLLATE "C", c.cost_micros;
END $$;

-- Whether the ledger still has all that the month was counted from: retention may have dropped days of it.
CREATE FUNCTION has_whole_period(p_tenant_id integer, p_period text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (
    SELECT to_date(min(right(c.relname, 8)), 'YYYYMMDD') FROM pg_class c
    JOIN pg_inherits i ON i.inhrelid = c.oid WHERE i.inhparent = 'click_events'::regclass
  ) <= (
    -- Before the tenant came nothing was received, and so there is nothing to miss.
    SELECT greatest((v.from_time - interval '1 hour') AT TIME ZONE 'UTC', t.created_at AT TIME ZONE 'UTC')::date
    FROM tenants t WHERE t.tenant_id = p_tenant_id
  ) AND NOT EXISTS (
    -- an adjustment of this month about a click that is gone
    SELECT FROM batches b JOIN adjustments a ON a.batch_id = b.batch_id
    WHERE b.adjustment_count > 0 AND b.chunk_id > v.after_chunk_id AND b.chunk_id <= v.upto_chunk_id AND a.tenant_id = p_tenant_id
      AND NOT EXISTS (SELECT FROM click_events e WHERE e.batch_id = a.click_batch_id AND e.received_at = a.click_received_at
                        AND e.click_id = a.click_id)
  )
  FROM billing_periods v WHERE v.tenant_id = p_tenant_id AND v.period = p_period;
$$;

-- How many days the ledger must keep for the months that are still to be closed; null when nobody has closed one.
CREATE FUNCTION days_to_be_billed() RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT max((now() AT TIME ZONE 'UTC')::date - ((last_to - interval '1 hour') AT TIME ZONE 'UTC')::date)
  FROM (SELECT max(to_time) AS last_to FROM billing_periods GROUP BY tenant_id) AS each_tenant;
$$;
