-- An append asks for rows by their keys and never reads a table through. As soon as autovacuum has counted a small campaigns table
-- (two pages hold 200), the planner takes reading all of it for cheaper than a look in its index, and does so for the price of each
-- click: 16 microseconds a click, two fifths of an append. It came after the first minute of clicks, and so in no short measurement.
ALTER FUNCTION append_batch SET enable_seqscan = off;
