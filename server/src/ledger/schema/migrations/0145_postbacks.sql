-- Postbacks: the secrets that networks send them with, and what became of each.

-- At most two of a tenant are in force at once, so that one can take the place of the other. A secret is stored as its hash alone: it is made
-- from the salt and a secret of the server, which this database does not have, so that signatures can be checked.
CREATE TABLE postback_secrets (
  secret_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   integer     NOT NULL REFERENCES tenants,
  -- the first characters, to tell it by
  hint        text        NOT NULL,
  secret_hash bytea       NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  salt        bytea       NOT NULL CHECK (length(salt) = 32),
  created_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text        NOT NULL,
  -- of one that another takes the place of; null: in force until it is revoked
  expires_at  timestamptz,
  revoked_at  timestamptz
);
CREATE INDEX postback_secrets_tenant ON postback_secrets (tenant_id, secret_id DESC);

-- The newest ones of each tenant, for as many days as the log is kept.
CREATE TABLE postback_log (
  tenant_id     integer     NOT NULL REFERENCES tenants,
  -- counted on within the tenant
  postback_id   bigint      NOT NULL,
  received_at   timestamptz NOT NULL,
  method        text        NOT NULL,
  -- As it was sent, without secrets and users, and cut.
  query         text        NOT NULL,
  outcome       text        NOT NULL CHECK (outcome IN ('accepted', 'duplicate', 'retracted', 'refused')),
  -- why it was refused, as the API has it; empty when it was not
  code          text        NOT NULL DEFAULT '',
  message       text        NOT NULL DEFAULT '',
  conversion_id uuid,
  PRIMARY KEY (tenant_id, postback_id)
);
CREATE INDEX postback_log_age ON postback_log (received_at);
CREATE TABLE postback_counts (
  tenant_id integer PRIMARY KEY REFERENCES tenants,
  last_id   bigint  NOT NULL
);

SELECT isolate_tenants('postback_secrets', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('postback_log', 'SELECT');
SELECT isolate_tenants('postback_counts', 'SELECT');
