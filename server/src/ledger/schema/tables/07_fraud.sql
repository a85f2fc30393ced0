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

-- One row a run of the rules that look back, and rule.
CREATE TABLE fraud_runs (
  run_id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id     integer     NOT NULL REFERENCES tenants,
  rule          text        NOT NULL,
  rules_version integer     NOT NULL,
  is_shadow     boolean     NOT NULL,
  from_time     timestamptz NOT NULL,
  to_time       timestamptz NOT NULL,
  subjects      integer     NOT NULL,
  clicks        integer     NOT NULL,
  adjusted      integer     NOT NULL,
  ran_at        timestamptz NOT NULL DEFAULT now(),
  ran_by        text        NOT NULL
);
CREATE INDEX fraud_runs_of ON fraud_runs (tenant_id, run_id DESC);

SELECT isolate_tenants('fraud_rule_sets', 'SELECT, INSERT');
SELECT isolate_tenants('fraud_list_entries', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('fraud_revisions', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('fraud_runs', 'SELECT');
