-- A campaign is billed by click, by thousand impressions or by conversion. The price in force is stored with each event; what an event of
-- another model costs is 0. See functions/04_append.sql, 15_conversions.sql and 17_impressions.sql.
ALTER TABLE campaigns
  ADD COLUMN pricing_model text NOT NULL DEFAULT 'cpc' CHECK (pricing_model IN ('cpc', 'cpm', 'cpa')),
  ADD COLUMN cost_per_thousand_micros bigint NOT NULL DEFAULT 0,
  ADD COLUMN cost_per_conversion_micros bigint NOT NULL DEFAULT 0,
  -- As LIMITS.costPerThousandMicrosMax and LIMITS.costPerConversionMicrosMax.
  ADD CONSTRAINT cost_per_thousand_is_bounded CHECK (cost_per_thousand_micros BETWEEN 0 AND 10000000000),
  ADD CONSTRAINT cost_per_conversion_is_bounded CHECK (cost_per_conversion_micros BETWEEN 0 AND 1000000000000);

-- Statements that are there stay as they are: all of their lines are of clicks.
ALTER TABLE statement_lines
  ADD COLUMN pricing_model text NOT NULL DEFAULT 'cpc' CHECK (pricing_model IN ('cpc', 'cpm', 'cpa')),
  -- of 1,000 impressions, or of a conversion; null in lines of clicks, which have cost_per_click_micros
  ADD COLUMN price_micros bigint,
  ADD COLUMN impressions bigint NOT NULL DEFAULT 0,
  ADD COLUMN conversions bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT cost_is_price_times_billable,
  -- Impressions are rounded once a line, half away from zero.
  ADD CONSTRAINT cost_is_price_times_quantity CHECK (cost_micros = CASE pricing_model
    WHEN 'cpm' THEN round(impressions::numeric * price_micros * 0.001)
    WHEN 'cpa' THEN conversions::numeric * price_micros
    ELSE billable::numeric * cost_per_click_micros
  END);
ALTER TABLE statements ADD COLUMN impressions bigint NOT NULL DEFAULT 0, ADD COLUMN conversions bigint NOT NULL DEFAULT 0;
ALTER TABLE billing_totals ADD COLUMN impressions bigint NOT NULL DEFAULT 0, ADD COLUMN conversions bigint NOT NULL DEFAULT 0;

-- It gives more columns now: made again from functions/10_billing.sql.
DROP FUNCTION IF EXISTS billed_lines(integer, text, text);
