-- As before, for each row: a statement that finds no key (an id that nobody has) changes nothing, and must not end protected mode
-- before there is anybody who could sign in.
CREATE OR REPLACE TRIGGER api_keys_changed
  AFTER INSERT OR UPDATE OF name, scopes, origins, requests_per_second, expires_at, revoked_at ON api_keys
  FOR EACH ROW EXECUTE FUNCTION note_access_change();
CREATE OR REPLACE TRIGGER members_changed AFTER INSERT ON members
  FOR EACH ROW EXECUTE FUNCTION note_access_change();
