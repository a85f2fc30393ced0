CREATE MATERIALIZED VIEW IF NOT EXISTS flagged_clicks_mv TO flagged_clicks AS
SELECT * FROM click_events WHERE fraud_reasons != ''
--;

-- The verdicts that are taken away: lists of clicks leave them out.
CREATE MATERIALIZED VIEW IF NOT EXISTS retracted_clicks_mv TO retracted_clicks AS
SELECT tenant_id, clicked_at, click_id, revision FROM click_events WHERE sign = -1 AND deferred = 0
