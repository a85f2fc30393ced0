-- The link that brought a click, and the parameters of its landing.
ALTER TABLE click_events
  ADD COLUMN IF NOT EXISTS link_id LowCardinality(String) COMMENT 'empty: it came over the API',
  ADD COLUMN IF NOT EXISTS landing Map(LowCardinality(String), String) COMMENT 'gclid, utm_source, sub1 …'
--;
ALTER TABLE flagged_clicks
  ADD COLUMN IF NOT EXISTS link_id LowCardinality(String) COMMENT 'empty: it came over the API',
  ADD COLUMN IF NOT EXISTS landing Map(LowCardinality(String), String) COMMENT 'gclid, utm_source, sub1 …'
--;
-- Made again from views/, with the columns.
DROP VIEW IF EXISTS flagged_clicks_mv
