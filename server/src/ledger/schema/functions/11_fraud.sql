
-- Locks: 727006 fraudRules.

CREATE OR REPLACE FUNCTION note_fraud_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO fraud_revisions AS r (tenant_id, revision) VALUES (NEW.tenant_id, 1)
  ON CONFLICT (tenant_id) DO UPDATE SET revision = r.revision + 1;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER fraud_rule_sets_changed AFTER INSERT ON fraud_rule_sets
  FOR EACH ROW EXECUTE FUNCTION note_fraud_change();
CREATE OR REPLACE TRIGGER fraud_list_entries_changed AFTER INSERT OR UPDATE ON fraud_list_entries
  FOR EACH ROW EXECUTE FUNCTION note_fraud_change();

-- Adds a version: the newest one, or the defaults, with what is changed. Two changes at once are two versions, one after
-- the other, and neither is lost.
CREATE OR REPLACE FUNCTION add_rule_set(p_tenant_id integer, p_defaults jsonb, p_changed jsonb, p_note text, p_created_by text)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_newest fraud_rule_sets;
BEGIN
  PERFORM pg_advisory_xact_lock(727006, p_tenant_id);
  SELECT * INTO v_newest FROM fraud_rule_sets WHERE tenant_id = p_tenant_id ORDER BY version DESC LIMIT 1;
  INSERT INTO fraud_rule_sets (tenant_id, version, settings, note, created_by)
  VALUES (p_tenant_id, coalesce(v_newest.version, 0) + 1, p_defaults || coalesce(v_newest.settings, '{}') || p_changed, p_note, p_created_by);
  RETURN coalesce(v_newest.version, 0) + 1;
END $$;
