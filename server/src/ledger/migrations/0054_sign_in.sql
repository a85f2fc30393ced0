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
-- What is left of tries, in whole ones: half with every half-life.
CREATE FUNCTION faded_tries(p_failed real, p_last_at timestamptz, p_half_life_seconds real) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT round(p_failed * power(0.5, least(100, extract(epoch FROM now() - p_last_at) / p_half_life_seconds)))::integer
$$;
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

ALTER TABLE members DROP COLUMN failed_attempts, DROP COLUMN locked_until;
