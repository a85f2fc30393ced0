-- Reconciliation: the ledger held against analytics, chunk by chunk.

-- Null until the chunk was compared once.
ALTER TABLE chunks ADD COLUMN reconciled_at timestamptz;
CREATE INDEX chunks_unreconciled ON chunks (chunk_id) WHERE reconciled_at IS NULL AND delivered_at IS NOT NULL;

-- What was found to differ, for one tenant and one minute of the clicks' own time. Kept for good: a bill can be explained by it.
CREATE TABLE reconciliation_differences (
  difference_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  found_at      timestamptz NOT NULL DEFAULT now(),
  -- the analytics table, and for a rollup the grouping
  place         text        NOT NULL,
  tenant_id     integer     NOT NULL,
  minute        timestamptz NOT NULL,
  ledger_clicks bigint      NOT NULL,
  ledger_fraud  bigint      NOT NULL,
  found_clicks  bigint      NOT NULL,
  found_fraud   bigint      NOT NULL,
  -- the same numbers, other clicks
  ids_differ    boolean     NOT NULL,
  repaired_at   timestamptz
);
CREATE INDEX reconciliation_open ON reconciliation_differences (difference_id) WHERE repaired_at IS NULL;

-- Half of an id, for a checksum that both stores make alike: XOR over it does not depend on any order.
CREATE FUNCTION half_of_id(id uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ('x' || encode(substring(uuid_send(id) FROM 9), 'hex'))::bit(64)::bigint
$$;
