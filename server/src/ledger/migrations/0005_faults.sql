-- Two relays at once, of which one has lost its lock and does not know yet, must never stamp a batch twice: the second would
-- move it into a chunk of its own after the first was delivered, and it would be counted twice. The lock orders them, and the
-- statement behind it sees what the first committed.
CREATE OR REPLACE FUNCTION stamp_chunk(batches_max integer, clicks_max bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_chunk_id bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(727005);
  WITH waiting AS (
    SELECT batch_id, received_at, click_count, fraud_count FROM batches WHERE chunk_id IS NULL ORDER BY batch_id LIMIT batches_max
  ), counted AS (
    SELECT *, sum(click_count) OVER (ORDER BY batch_id) - click_count AS before FROM waiting
  ), picked AS (
    SELECT * FROM counted WHERE before < clicks_max
  ), chunk AS (
    INSERT INTO chunks (click_count, fraud_count)
    SELECT sum(click_count), sum(fraud_count) FROM picked HAVING count(*) > 0 RETURNING chunk_id
  ), stamped AS (
    UPDATE batches b SET chunk_id = chunk.chunk_id
    FROM picked, chunk
    WHERE b.batch_id = picked.batch_id AND b.received_at = picked.received_at AND b.chunk_id IS NULL
  )
  SELECT chunk_id INTO v_chunk_id FROM chunk;
  RETURN v_chunk_id;
END $$;
