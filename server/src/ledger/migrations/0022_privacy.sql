-- Privacy: what an account has decided, and what it takes to forget a person. Clicks stay, and are counted as before; what is
-- taken away is who they were of.
ALTER TABLE tenants
  -- Sec-GPC and DNT are obeyed: user and address of such a click are not stored.
  ADD COLUMN respect_privacy_signals boolean NOT NULL DEFAULT false,
  -- Null: personal data is kept as long as the clicks.
  ADD COLUMN personal_data_days      integer CHECK (personal_data_days BETWEEN 1 AND 3650),
  -- Up to here, by the time of receipt, personal data was taken away.
  ADD COLUMN anonymous_until         timestamptz;

-- A key of visitors that nobody can make again from a user or an address, once the salt is gone. Equal visitors stay equal.
CREATE FUNCTION unlinked_key(p_visitor_key text, p_salt text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT left(encode(sha256(convert_to(p_salt || p_visitor_key, 'UTF8')), 'hex'), 16)
$$;

-- Takes a user's name off every click of theirs, and what else might lead to them. Returns how many clicks those are.
CREATE FUNCTION forget_user(p_tenant_id integer, p_user_id text, p_salt text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_count bigint;
BEGIN
  UPDATE click_events
  SET user_id = NULL, ip_hash = NULL, user_agent = '', referrer = '', visitor_key = unlinked_key(visitor_key, p_salt)
  WHERE tenant_id = p_tenant_id AND user_id = p_user_id;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  UPDATE fraud_list_entries
  SET value = '(erased)', removed_at = coalesce(removed_at, now()), removed_by = coalesce(removed_by, 'privacy')
  WHERE tenant_id = p_tenant_id AND kind = 'user' AND value = p_user_id;
  RETURN v_count;
END $$;

-- The same for every click of a tenant that was received in a span of time.
CREATE FUNCTION forget_span(p_tenant_id integer, p_from timestamptz, p_to timestamptz, p_salt text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_count bigint;
BEGIN
  UPDATE click_events
  SET user_id = NULL, ip_hash = NULL, user_agent = '', referrer = '', visitor_key = unlinked_key(visitor_key, p_salt)
  WHERE tenant_id = p_tenant_id AND received_at >= p_from AND received_at < p_to;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;
