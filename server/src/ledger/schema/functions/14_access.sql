-- Security definer: whoever changes a key or a member, as whatever role, the nodes are told. For each row: a statement that finds no key (an
-- id that nobody has) changes nothing, and must not end protected mode before there is anybody who could sign in.
CREATE OR REPLACE FUNCTION note_access_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE access_state SET configured_at = coalesce(configured_at, now()), revision = revision + 1;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER api_keys_changed
  AFTER INSERT OR UPDATE OF name, scopes, origins, requests_per_second, expires_at, revoked_at ON api_keys
  FOR EACH ROW EXECUTE FUNCTION note_access_change();
CREATE OR REPLACE TRIGGER members_changed AFTER INSERT ON members
  FOR EACH ROW EXECUTE FUNCTION note_access_change();

-- What is left of tries, in whole ones: half with every half-life.
CREATE OR REPLACE FUNCTION faded_tries(p_failed real, p_last_at timestamptz, p_half_life_seconds real) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT round(p_failed * power(0.5, least(100, extract(epoch FROM now() - p_last_at) / p_half_life_seconds)))::integer
$$;
