
-- Locks: 727001 appends, 727004 partitions.

-- Says what window a node has. Returns since when ids are known.
CREATE OR REPLACE FUNCTION declare_dedup_window(p_days integer) RETURNS timestamptz LANGUAGE sql AS $$
  UPDATE dedup_generation SET window_days = greatest(window_days, p_days) RETURNING known_since
$$;

-- Begins a new generation of click ids when the running one is older than the longest window that any node has asked for, and ten
-- minutes more: a click's own time may lie five minutes ahead of its receipt, and a node's clock five minutes behind. Returns whether it did.
--
-- The exclusive lock waits for every running append_clicks and holds up new ones: two transactions never disagree on the generation,
-- so that no id slips through at the turn. It is given up after 200 ms (lock_not_available) and tried again.
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

-- Drops the generations of click ids that nobody asks any more. Returns how many those were.
CREATE OR REPLACE FUNCTION drop_old_generations() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  dropped integer := 0;
  name text;
BEGIN
  PERFORM pg_advisory_xact_lock(727004);
  SET LOCAL lock_timeout = '200ms';
  FOR name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'click_keys'::regclass
      AND substr(c.relname, 12)::integer < (SELECT generation - 1 FROM dedup_generation)
  LOOP
    EXECUTE format('DROP TABLE %I', name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
