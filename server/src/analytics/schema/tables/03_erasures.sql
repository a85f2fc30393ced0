-- Whom an erasure is about, while it runs. The mutations that take a name away ask this table: their own text, which the engine keeps on
-- its disk long after they are done, then has neither the name nor the salt.
CREATE TABLE IF NOT EXISTS erasing (
  erasure_id UUID,
  user_id    String,
  salt       String
)
ENGINE = MergeTree
PARTITION BY erasure_id
ORDER BY erasure_id
