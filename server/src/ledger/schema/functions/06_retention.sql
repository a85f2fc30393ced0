-- Days of receipt: made ahead, dropped when they are old. Nothing here takes a lock that an append waits for, but for the drop, which gives
-- up after 200 ms (lock_not_available) and is tried again.
-- Locks: 727004 partitions.

-- Makes the daily partitions from yesterday (UTC) to `days_ahead` days on. A table made apart and attached takes SHARE UPDATE EXCLUSIVE
-- on its parent; CREATE TABLE … PARTITION OF would take ACCESS EXCLUSIVE and, behind one long reader, stop every append.
CREATE OR REPLACE FUNCTION make_partitions(days_ahead integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  day date;
  parent text;
  partition text;
BEGIN
  -- One node at a time: two that make the same table at once fail for one of them.
  PERFORM pg_advisory_xact_lock(727004);
  SET LOCAL lock_timeout = '200ms';
  FOR i IN -1..days_ahead LOOP
    day := (now() AT TIME ZONE 'UTC')::date + i;
    FOREACH parent IN ARRAY ARRAY['batches', 'click_events', 'conversions', 'attributions', 'impression_counts'] LOOP
      partition := parent || to_char(day, '_YYYYMMDD');
      CONTINUE WHEN to_regclass(quote_ident(partition)) IS NOT NULL;
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', partition, parent);
      EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        parent, partition, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00'
      );
    END LOOP;
  END LOOP;
END $$;

-- Drops the oldest day of clicks and of other events when it is wholly older than `keep_days` and analytics has all of it, and moves the watermark with it.
-- Returns the day, or null when there is none to drop. The chunks that end in it go too, so that their rows do not grow without end; the
-- newest chunk stays, as the place where readers stand.
CREATE OR REPLACE FUNCTION drop_oldest_day(keep_days integer) RETURNS date LANGUAGE plpgsql AS $$
DECLARE
  v_day date;
  v_batches text;
  v_clicks text;
  -- A day of before there were conversions has none of these.
  v_others text[];
  v_end timestamptz;
  v_waits boolean;
  v_last_chunk bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(727004);
  SELECT to_date(min(right(c.relname, 8)), 'YYYYMMDD') INTO v_day
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'batches'::regclass;
  IF v_day IS NULL OR v_day >= (now() AT TIME ZONE 'UTC')::date - keep_days THEN RETURN NULL; END IF;
  v_batches := 'batches' || to_char(v_day, '_YYYYMMDD');
  v_clicks := 'click_events' || to_char(v_day, '_YYYYMMDD');
  SELECT coalesce(array_agg(quote_ident(name) ORDER BY name), '{}') INTO v_others
  FROM unnest(ARRAY['attributions', 'conversions', 'impression_counts']) AS o (parent), LATERAL (SELECT o.parent || to_char(v_day, '_YYYYMMDD') AS name) AS n
  WHERE to_regclass(quote_ident(name)) IS NOT NULL;
  v_end := (v_day + 1)::timestamp AT TIME ZONE 'UTC';
  SET LOCAL lock_timeout = '200ms';
  -- Nobody writes in it from here on. Appends take no lock on it, unless a clock stands at that day.
  EXECUTE format('LOCK TABLE %s IN SHARE MODE', array_to_string(ARRAY[quote_ident(v_clicks), quote_ident(v_batches)] || v_others, ', '));
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE chunk_id IS NULL)', v_batches) INTO v_waits;
  IF v_waits OR EXISTS (SELECT FROM chunks WHERE delivered_at IS NULL AND first_received_at < v_end) THEN RETURN NULL; END IF;

  EXECUTE format('SELECT max(chunk_id) FROM %I WHERE chunk_id IS NOT NULL', v_batches) INTO v_last_chunk;
  DELETE FROM chunk_parts p USING chunks c
  WHERE p.chunk_id = c.chunk_id AND c.chunk_id <= v_last_chunk AND c.last_received_at < v_end
    AND c.chunk_id < (SELECT max(chunk_id) FROM chunks);
  WITH gone AS (
    DELETE FROM chunks
    WHERE chunk_id <= v_last_chunk AND last_received_at < v_end AND chunk_id < (SELECT max(chunk_id) FROM chunks)
    RETURNING click_count, fraud_count
  )
  UPDATE retention_watermark SET
    kept_from = v_end, dropped_through_chunk = greatest(dropped_through_chunk, v_last_chunk),
    dropped_chunks = dropped_chunks + g.chunks, dropped_clicks = dropped_clicks + g.clicks, dropped_fraud = dropped_fraud + g.fraud
  FROM (
    SELECT count(*) AS chunks, coalesce(sum(click_count), 0) AS clicks, coalesce(sum(fraud_count), 0) AS fraud FROM gone
  ) AS g;
  -- What is gone can not be attributed anew. The keys stay: an order is counted once for good.
  DELETE FROM conversion_states WHERE received_at < v_end;
  -- Last, so that the lock on the parents is held for no longer than it takes; in the order of append_clicks.
  EXECUTE format('DROP TABLE %s', array_to_string(ARRAY[quote_ident(v_clicks), quote_ident(v_batches)] || v_others, ', '));
  RETURN v_day;
END $$;

-- The first day (UTC) of receipt that the ledger has a partition of.
CREATE OR REPLACE FUNCTION oldest_day() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT to_date(min(right(c.relname, 8)), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC'
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'click_events'::regclass
$$;

-- Whether the ledger still has every click that was received from a tenant since a month began; clocks may be an hour apart.
CREATE OR REPLACE FUNCTION is_kept_since(p_tenant_id integer, p_from timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT w.kept_from <= greatest(p_from - interval '1 hour', t.created_at)
  FROM retention_watermark w, tenants t WHERE t.tenant_id = p_tenant_id;
$$;
