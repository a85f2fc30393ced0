-- A tenant's fraud rules. A change is a new version, never an edit: a click's evidence names the version that judged it.
CREATE TABLE fraud_rule_sets (
  tenant_id  integer     NOT NULL REFERENCES tenants,
  version    integer     NOT NULL CHECK (version > 0),
  settings   jsonb       NOT NULL,
  note       text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text        NOT NULL,
  PRIMARY KEY (tenant_id, version)
);

-- Allow and block lists. An entry that is taken off stays here: old evidence names it.
CREATE TABLE fraud_list_entries (
  entry_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id  integer     NOT NULL REFERENCES tenants,
  list       text        NOT NULL CHECK (list IN ('allow', 'block')),
  kind       text        NOT NULL CHECK (kind IN ('address', 'user', 'user_agent', 'referrer_host')),
  value      text        NOT NULL,
  note       text        NOT NULL,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text        NOT NULL,
  removed_at timestamptz,
  removed_by text
);
CREATE UNIQUE INDEX fraud_list_entries_once ON fraud_list_entries (tenant_id, list, kind, value) WHERE removed_at IS NULL;

-- Counts up with every change of a tenant's rules or lists: what nodes look at to see that they must read them again.
CREATE TABLE fraud_revisions (
  tenant_id integer PRIMARY KEY REFERENCES tenants,
  revision  bigint  NOT NULL
);
CREATE FUNCTION note_fraud_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO fraud_revisions AS r (tenant_id, revision) VALUES (NEW.tenant_id, 1)
  ON CONFLICT (tenant_id) DO UPDATE SET revision = r.revision + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER fraud_rule_sets_changed AFTER INSERT ON fraud_rule_sets
  FOR EACH ROW EXECUTE FUNCTION note_fraud_change();
CREATE TRIGGER fraud_list_entries_changed AFTER INSERT OR UPDATE ON fraud_list_entries
  FOR EACH ROW EXECUTE FUNCTION note_fraud_change();

-- Adds a version: the newest one, or the defaults, with what is changed. Two changes at once are two versions, one after
-- the other, and neither is lost.
CREATE FUNCTION add_rule_set(p_tenant_id integer, p_defaults jsonb, p_changed jsonb, p_note text, p_created_by text)
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
