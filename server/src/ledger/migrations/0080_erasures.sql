-- Erasures that both stores have not finished. A row is committed before anything is forgotten and deleted when nothing in either store
-- has the name: whatever fails in between, somebody finishes it, under the same salt. Nothing else keeps the salt.
CREATE TABLE erasures (
  erasure_id   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id    integer     NOT NULL REFERENCES tenants,
  -- One user's clicks, or everybody's that were received in a span.
  user_id      text,
  from_time    timestamptz,
  to_time      timestamptz CHECK (to_time > from_time),
  salt         text        NOT NULL,
  requested_by text        NOT NULL,
  CHECK ((user_id IS NULL) = (from_time IS NOT NULL) AND (from_time IS NULL) = (to_time IS NULL))
);
CREATE UNIQUE INDEX erasures_of_users ON erasures (tenant_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX erasures_of_spans ON erasures (tenant_id) WHERE user_id IS NULL;
-- It has a tenant, so it is closed to requests; the owner of the tables erases.
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;

-- A visitor's key as nobody can make it again. A click of nobody stays one of nobody.
CREATE OR REPLACE FUNCTION unlinked_key(p_visitor_key text, p_salt text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN p_visitor_key = '' THEN '' ELSE left(encode(sha256(convert_to(p_salt || p_visitor_key, 'UTF8')), 'hex'), 16) END
$$;

-- Evidence without the piece of the user agent that gave a robot away.
CREATE FUNCTION evidence_without_agent(p_evidence text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(p_evidence, '"matched":"(\\.|[^"\\])*"', '"matched":"(erased)"', 'g')
$$;

-- Takes the user agent out of what adjustments of these clicks say. Later adjustments copy it from the click.
CREATE FUNCTION forget_evidence(p_tenant_id integer, p_click_ids uuid[]) RETURNS void LANGUAGE sql AS $$
  UPDATE adjustments
  SET old_evidence = evidence_without_agent(old_evidence), evidence = evidence_without_agent(evidence)
  WHERE tenant_id = p_tenant_id AND click_id = ANY (p_click_ids)
    AND (old_evidence LIKE '%"matched"%' OR evidence LIKE '%"matched"%');
$$;

-- As before, with the evidence, and the notes of the list entries that name the user.
CREATE OR REPLACE FUNCTION forget_user(p_tenant_id integer, p_user_id text, p_salt text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_click_ids uuid[];
BEGIN
  WITH forgotten AS (
    UPDATE click_events
    SET user_id = NULL, ip_hash = NULL, user_agent = '', referrer = '', visitor_key = unlinked_key(visitor_key, p_salt),
      fraud_evidence = evidence_without_agent(fraud_evidence)
    WHERE tenant_id = p_tenant_id AND user_id = p_user_id
    RETURNING click_id
  )
  SELECT array_agg(click_id) INTO v_click_ids FROM forgotten;
  PERFORM forget_evidence(p_tenant_id, v_click_ids);
  UPDATE fraud_list_entries
  SET value = '(erased)', note = '', removed_at = coalesce(removed_at, now()), removed_by = coalesce(removed_by, 'privacy')
  WHERE tenant_id = p_tenant_id AND kind = 'user' AND value = p_user_id;
  RETURN coalesce(cardinality(v_click_ids), 0);
END $$;

-- As before, and clicks that say nothing of anybody are left alone: said again, it changes nothing.
CREATE OR REPLACE FUNCTION forget_span(p_tenant_id integer, p_from timestamptz, p_to timestamptz, p_salt text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_count bigint;
BEGIN
  UPDATE click_events
  SET user_id = NULL, ip_hash = NULL, user_agent = '', referrer = '', visitor_key = unlinked_key(visitor_key, p_salt),
    fraud_evidence = evidence_without_agent(fraud_evidence)
  WHERE tenant_id = p_tenant_id AND received_at >= p_from AND received_at < p_to
    AND (user_id IS NOT NULL OR ip_hash IS NOT NULL OR user_agent <> '' OR referrer <> '');
  GET DIAGNOSTICS v_count = ROW_COUNT;
  UPDATE adjustments
  SET old_evidence = evidence_without_agent(old_evidence), evidence = evidence_without_agent(evidence)
  WHERE tenant_id = p_tenant_id AND click_received_at >= p_from AND click_received_at < p_to
    AND (old_evidence LIKE '%"matched"%' OR evidence LIKE '%"matched"%');
  RETURN v_count;
END $$;

-- The first day (UTC) of receipt that the ledger has a partition of.
CREATE FUNCTION oldest_day() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT to_date(min(right(c.relname, 8)), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC'
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'click_events'::regclass
$$;
