-- Months of the clicks' own time (as 202511) whose raw clicks retention has dropped; their rollups stay. Written before the drop,
-- and flushed: who makes rollups anew from raw clicks, or compares them, must not take such a month for an empty one.
CREATE TABLE IF NOT EXISTS dropped_months (
  month      UInt32,
  dropped_at DateTime('UTC') DEFAULT now()
)
ENGINE = MergeTree
ORDER BY month
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
