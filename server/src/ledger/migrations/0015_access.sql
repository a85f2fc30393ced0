-- Who may use the system: API keys, members of a tenant, their sessions, and links that are sent out once.
-- Nothing in here can be used as it is stored: keys, sessions and links are hashes (SHA-256 of 256 random bits), passwords
-- are argon2id.

-- One row. `configured_at` is set with the first key or member and never unset: from then on nobody is let in unasked, even
-- if every key was revoked. `revision` counts up with every change that a node must know of.
CREATE TABLE access_state (
  only_row      boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  configured_at timestamptz,
  revision      bigint      NOT NULL DEFAULT 0
);
INSERT INTO access_state DEFAULT VALUES;

CREATE TABLE api_keys (
  key_id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id             integer     NOT NULL REFERENCES tenants,
  name                  text        NOT NULL,
  -- the first characters of the key, to tell it by
  hint                  text        NOT NULL,
  key_hash              bytea       NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  scopes                text[]      NOT NULL CHECK (scopes <@ ARRAY['ingest', 'read', 'admin'] AND cardinality(scopes) > 0),
  -- web origins that may use it from a browser; empty: none
  origins               text[]      NOT NULL DEFAULT '{}',
  -- null: unlimited. Of one node; with n nodes behind a balancer n times as many get through.
  requests_per_second   integer     CHECK (requests_per_second > 0),
  created_at            timestamptz NOT NULL DEFAULT now(),
  created_by            text        NOT NULL,
  expires_at            timestamptz,
  -- about a minute late: it is written in batches
  last_used_at          timestamptz,
  revoked_at            timestamptz,
  revoked_by            text,
  -- the key that takes its place after a rotation
  rotated_to            bigint      REFERENCES api_keys
);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, key_id DESC);

CREATE TABLE members (
  member_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id       integer     NOT NULL REFERENCES tenants,
  -- in lower case; one person, one tenant
  email           text        NOT NULL UNIQUE,
  -- argon2id; null for one who only signs in elsewhere (OpenID Connect)
  password_hash   text,
  role            text        NOT NULL CHECK (role IN ('owner', 'analyst', 'advertiser')),
  -- what a member with the role advertiser sees; empty for the others
  advertiser_ids  text[]      NOT NULL DEFAULT '{}',
  -- base32; in force when totp_since is set
  totp_secret     text,
  totp_since      timestamptz,
  -- the last time step whose code was used: a code is good once
  totp_last_step  bigint      NOT NULL DEFAULT 0,
  recovery_hashes bytea[]     NOT NULL DEFAULT '{}',
  failed_attempts integer     NOT NULL DEFAULT 0,
  locked_until    timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  last_sign_in_at timestamptz,
  CHECK ((role = 'advertiser') = (cardinality(advertiser_ids) > 0))
);
CREATE INDEX members_tenant ON members (tenant_id, member_id);

CREATE TABLE sessions (
  session_hash bytea       PRIMARY KEY CHECK (length(session_hash) = 32),
  member_id    bigint      NOT NULL REFERENCES members ON DELETE CASCADE,
  tenant_id    integer     NOT NULL REFERENCES tenants,
  -- the password was right, the second factor is still asked for: good for nothing else
  is_half      boolean     NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE invitations (
  invitation_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id      integer     NOT NULL REFERENCES tenants,
  email          text        NOT NULL,
  role           text        NOT NULL CHECK (role IN ('owner', 'analyst', 'advertiser')),
  advertiser_ids text[]      NOT NULL DEFAULT '{}',
  token_hash     bytea       NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  created_at     timestamptz NOT NULL DEFAULT now(),
  created_by     text        NOT NULL,
  expires_at     timestamptz NOT NULL,
  accepted_at    timestamptz,
  withdrawn_at   timestamptz,
  CHECK ((role = 'advertiser') = (cardinality(advertiser_ids) > 0))
);
CREATE INDEX invitations_tenant ON invitations (tenant_id, invitation_id DESC);

CREATE TABLE password_resets (
  token_hash bytea       PRIMARY KEY CHECK (length(token_hash) = 32),
  member_id  bigint      NOT NULL REFERENCES members ON DELETE CASCADE,
  tenant_id  integer     NOT NULL REFERENCES tenants,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX password_resets_member ON password_resets (member_id);

-- Security definer: whoever changes a key or a member, as whatever role, the nodes are told.
CREATE FUNCTION note_access_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE access_state SET configured_at = coalesce(configured_at, now()), revision = revision + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER api_keys_changed
  AFTER INSERT OR UPDATE OF name, scopes, origins, requests_per_second, expires_at, revoked_at ON api_keys
  FOR EACH STATEMENT EXECUTE FUNCTION note_access_change();
CREATE TRIGGER members_changed AFTER INSERT ON members
  FOR EACH STATEMENT EXECUTE FUNCTION note_access_change();
