-- The link that brought a click, and the parameters of its landing: JSON, empty for a click that came over the API.
ALTER TABLE click_events ADD COLUMN landing text NOT NULL DEFAULT '';
-- functions/ makes them again, with it.
DROP VIEW IF EXISTS chunk_part_clicks, chunk_clicks;
DROP FUNCTION IF EXISTS clicks_of_chunk(bigint, timestamptz, timestamptz, bigint);
DROP FUNCTION IF EXISTS append_clicks(
  timestamptz, integer[], uuid[], bigint[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[],
  boolean[], text[], text[], text[], text[]
);
