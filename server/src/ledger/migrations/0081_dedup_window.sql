-- For how long ids are known is one fact of the ledger, not one of each node: a turn keeps to the longest window that any node has asked
-- for, and a node takes no click whose time lies before the ids that are known.
ALTER TABLE dedup_generation
  ADD COLUMN window_days integer     NOT NULL DEFAULT 0,
  -- The ids of every click that was received since are known; null: of every click that ever was.
  ADD COLUMN known_since timestamptz;
UPDATE dedup_generation g
SET known_since = coalesce((SELECT min(k.received_at) FROM click_keys k WHERE k.generation = g.generation - 1), g.started_at)
WHERE g.generation > 1;

-- Says what window a node has. Returns since when ids are known.
CREATE FUNCTION declare_dedup_window(p_days integer) RETURNS timestamptz LANGUAGE sql AS $$
  UPDATE dedup_generation SET window_days = greatest(window_days, p_days) RETURNING known_since
$$;

-- As before, by the longest window, and ten minutes more: a click's own time may lie five minutes ahead of its receipt, and a node's clock
-- five minutes behind.
CREATE OR REPLACE FUNCTION turn_generation(window_days integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  longest interval := (
    SELECT make_interval(days => greatest(turn_generation.window_days, g.window_days), mins => 10) FROM dedup_generation g
  );
  next_generation integer;
BEGIN
  IF (SELECT started_at > now() - longest FROM dedup_generation) THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(727004);
  SET LOCAL lock_timeout = '200ms';
  SELECT generation + 1 INTO next_generation FROM dedup_generation WHERE started_at <= now() - longest;
  IF NOT FOUND THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE click_keys INCLUDING ALL)', 'click_keys_' || next_generation);
  EXECUTE format('ALTER TABLE click_keys ATTACH PARTITION %I FOR VALUES IN (%s)', 'click_keys_' || next_generation, next_generation);
  PERFORM pg_advisory_xact_lock(727001);
  UPDATE dedup_generation SET generation = next_generation, known_since = started_at, started_at = now();
  RETURN true;
END $$;
