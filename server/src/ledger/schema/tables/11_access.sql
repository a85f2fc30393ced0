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
  rotated_to            bigint      REFERENCES api_keys,
  -- A test key brings and reads test data alone.
  is_test               boolean     NOT NULL DEFAULT false
);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id, key_id DESC);

-- An address may have an account in several organizations, each with a password of its own: whoever takes an address in one, as an
-- owner who has somebody else's invitation can, takes nothing from the person in another.
CREATE TABLE members (
  member_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id       integer     NOT NULL REFERENCES tenants,
  -- in lower case
  email           text        NOT NULL,
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
  created_at      timestamptz NOT NULL DEFAULT now(),
  last_sign_in_at timestamptz,
  -- When it was shown that the address is the member's: by an invitation that only its mailbox got, or by signing in elsewhere. An
  -- account without it opens by its password alone.
  confirmed_at    timestamptz,
  UNIQUE (tenant_id, email),
  CHECK ((role = 'advertiser') = (cardinality(advertiser_ids) > 0))
);
CREATE INDEX members_tenant ON members (tenant_id, member_id);
CREATE INDEX members_email ON members (email);

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
  -- Its link went to the mailbox and to nobody else.
  is_mailed      boolean     NOT NULL DEFAULT false,
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

-- Wrong tries, of whatever is tried and whether or not there is such a member: an answer that only members get tells who they are.
CREATE TABLE sign_in_tries (
  -- SHA-256 of what is tried: an email address, the code or the password of a member
  subject      bytea       NOT NULL CHECK (length(subject) = 32),
  -- from where: a known device, a network, or `anywhere`
  source       text        NOT NULL,
  -- halved with every half-life that passes
  failed       real        NOT NULL,
  last_at      timestamptz NOT NULL,
  locked_until timestamptz,
  PRIMARY KEY (subject, source)
);
CREATE INDEX sign_in_tries_age ON sign_in_tries (last_at);

-- Browsers that a member has signed in with: their tries are counted apart, so that strangers close nobody out.
CREATE TABLE known_devices (
  -- SHA-256 of the token in the browser's cookie
  device_hash bytea       NOT NULL CHECK (length(device_hash) = 32),
  member_id   bigint      NOT NULL REFERENCES members ON DELETE CASCADE,
  seen_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (member_id, device_hash)
);
CREATE INDEX known_devices_age ON known_devices (seen_at);

SELECT isolate_tenants('api_keys', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('members', 'SELECT, INSERT, UPDATE, DELETE');
SELECT isolate_tenants('sessions', 'SELECT, DELETE');
SELECT isolate_tenants('invitations', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('password_resets', 'SELECT, INSERT');
