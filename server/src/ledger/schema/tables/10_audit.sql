-- The audit log: who changed what, and when. The one place for it: the history of campaigns, ads and advertisers is read from here. It
-- only grows.
CREATE TABLE audit_log (
  audit_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   integer     NOT NULL REFERENCES tenants,
  at          timestamptz NOT NULL DEFAULT now(),
  actor       text        NOT NULL,
  -- what was done, as in 'campaign.change'
  action      text        NOT NULL CHECK (action ~ '^[a-z_]+[.][a-z_]+$'),
  -- to which campaign, rule, key …
  subject     text        NOT NULL,
  -- only the fields that changed; null when there was nothing before, or is nothing after
  old_values  jsonb,
  new_values  jsonb
);
CREATE INDEX audit_log_of_tenant ON audit_log (tenant_id, audit_id DESC);
CREATE INDEX audit_log_of_subject ON audit_log (tenant_id, subject, audit_id DESC);

SELECT isolate_tenants('audit_log', 'SELECT, INSERT');
