-- Rollups are no longer filled with each chunk but folded from the raw clicks of many (rollups/fold.ts). The chunks up to here are in them;
-- how far folding goes on from there is the ledger's table `rollup_folds`.
DROP VIEW IF EXISTS clicks_by_minute_mv
--;
DROP VIEW IF EXISTS pairs_by_hour_mv
--;
DROP VIEW IF EXISTS adjusted_users_mv
--;
CREATE TABLE IF NOT EXISTS filled_by_views (chunk_id UInt64) ENGINE = MergeTree ORDER BY chunk_id
--;
INSERT INTO filled_by_views SELECT max(chunk_id) AS newest FROM click_events HAVING (SELECT count() FROM filled_by_views) = 0
--;

-- The newest chunk that a row holds clicks of: a query sees by it that a fold has come in meanwhile.
ALTER TABLE clicks_by_minute ADD COLUMN IF NOT EXISTS upto SimpleAggregateFunction(max, UInt64)
--;
ALTER TABLE clicks_by_hour ADD COLUMN IF NOT EXISTS upto SimpleAggregateFunction(max, UInt64)
--;
ALTER TABLE clicks_by_day ADD COLUMN IF NOT EXISTS upto SimpleAggregateFunction(max, UInt64)
--;
-- Made again from views/, with the column.
DROP VIEW IF EXISTS clicks_by_hour_mv
--;
DROP VIEW IF EXISTS clicks_by_day_mv
