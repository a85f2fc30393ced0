-- Forgetting a person. Clicks stay, and are counted as before; what is taken away is who they were of.

-- A visitor's key as nobody can make it again from a user or an address, once the salt is gone. Equal visitors stay equal, and a click of
-- nobody stays one of nobody.
CREATE OR REPLACE FUNCTION unlinked_key(p_visitor_key text, p_salt text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN p_visitor_key = '' THEN '' ELSE left(encode(sha256(convert_to(p_salt || p_visitor_key, 'UTF8')), 'hex'), 16) END
$$;

-- Evidence without the piece of the user agent that gave a robot away.
CREATE OR REPLACE FUNCTION evidence_without_agent(p_evidence text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(p_evidence, '"matched":"(\\.|[^"\\])*"', '"matched":"(erased)"', 'g')
$$;

-- A landing without the ids of ad platforms, which stand for a person.
CREATE OR REPLACE FUNCTION landing_without_ids(p_landing text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN p_landing = '' THEN '' ELSE
    (p_landing::jsonb - ARRAY['gclid', 'gbraid', 'wbraid', 'fbclid', 'msclkid', 'ttclid', 'li_fat_id'])::text END
$$;

-- Takes the user agent out of what adjustments of these clicks say. Later adjustments copy it from the click.
CREATE OR REPLACE FUNCTION forget_evidence(p_tenant_id integer, p_click_ids uuid[]) RETURNS void LANGUAGE sql AS $$
  UPDATE adjustments
  SET old_evidence = evidence_without_agent(old_evidence), evidence = evidence_without_agent(evidence)
  WHERE tenant_id = p_tenant_id AND click_id = ANY (p_click_ids)
    AND (old_evidence LIKE '%"matched"%' OR evidence LIKE '%"matched"%');
$$;

-- Takes a user's name off every click and conversion of theirs, and what else might lead to them: evidence, and list entries that name the user. Returns
-- how many clicks those are.
CREATE OR REPLACE FUNCTION forget_user(p_tenant_id integer, p_user_id text, p_salt text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_click_ids uuid[];
BEGIN
  WITH forgotten AS (
    UPDATE click_events
    SET user_id = NULL, ip_hash = NULL, user_agent = '', referrer = '', visitor_key = unlinked_key(visitor_key, p_salt),
      fraud_evidence = evidence_without_agent(fraud_evidence), landing = landing_without_ids(landing)
    WHERE tenant_id = p_tenant_id AND user_id = p_user_id
    RETURNING click_id
  )
  SELECT array_agg(click_id) INTO v_click_ids FROM forgotten;
  PERFORM forget_evidence(p_tenant_id, v_click_ids);
  UPDATE conversions SET user_id = NULL WHERE tenant_id = p_tenant_id AND user_id = p_user_id;
  UPDATE conversion_states SET user_id = NULL WHERE tenant_id = p_tenant_id AND user_id = p_user_id;
  UPDATE fraud_list_entries
  SET value = '(erased)', note = '', removed_at = coalesce(removed_at, now()), removed_by = coalesce(removed_by, 'privacy')
  WHERE tenant_id = p_tenant_id AND kind = 'user' AND value = p_user_id;
  RETURN coalesce(cardinality(v_click_ids), 0);
END $$;

-- The same for every click and conversion of a tenant that was received in a span of time. Clicks that say nothing of anybody are left alone: said again,
-- it changes nothing.
CREATE OR REPLACE FUNCTION forget_span(p_tenant_id integer, p_from timestamptz, p_to timestamptz, p_salt text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_count bigint;
BEGIN
  UPDATE click_events
  SET user_id = NULL, ip_hash = NULL, user_agent = '', referrer = '', visitor_key = unlinked_key(visitor_key, p_salt),
    fraud_evidence = evidence_without_agent(fraud_evidence), landing = landing_without_ids(landing)
  WHERE tenant_id = p_tenant_id AND received_at >= p_from AND received_at < p_to
    AND (user_id IS NOT NULL OR ip_hash IS NOT NULL OR user_agent <> '' OR referrer <> '');
  GET DIAGNOSTICS v_count = ROW_COUNT;
  UPDATE adjustments
  SET old_evidence = evidence_without_agent(old_evidence), evidence = evidence_without_agent(evidence)
  WHERE tenant_id = p_tenant_id AND click_received_at >= p_from AND click_received_at < p_to
    AND (old_evidence LIKE '%"matched"%' OR evidence LIKE '%"matched"%');
  UPDATE conversions SET user_id = NULL
  WHERE tenant_id = p_tenant_id AND received_at >= p_from AND received_at < p_to AND user_id IS NOT NULL;
  UPDATE conversion_states SET user_id = NULL
  WHERE tenant_id = p_tenant_id AND received_at >= p_from AND received_at < p_to AND user_id IS NOT NULL;
  RETURN v_count;
END $$;
