-- Erasures that both stores have not finished. A row is committed before anything is forgotten and deleted when nothing in either store
-- has the name: whatever fails in between, somebody finishes it, under the same salt. Nothing else keeps the salt.
CREATE TABLE erasures (
  erasure_id   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id    integer     NOT NULL REFERENCES tenants,
  -- One user's clicks, or everybody's that were received in a span.
  user_id      text,
  from_time    timestamptz,
  to_time      timestamptz CHECK (to_time > from_time),
  salt         text        NOT NULL,
  requested_by text        NOT NULL,
  CHECK ((user_id IS NULL) = (from_time IS NOT NULL) AND (from_time IS NULL) = (to_time IS NULL))
);
CREATE UNIQUE INDEX erasures_of_users ON erasures (tenant_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX erasures_of_spans ON erasures (tenant_id) WHERE user_id IS NULL;
-- It has a tenant, so it is closed to requests; the owner of the tables erases.
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
