-- Amounts that no number of clicks outgrows: a line of 922 million clicks at the highest price is beyond bigint, and the check of its
-- product would refuse the month's statements for ever.
DO $$
DECLARE
  v_check text;
BEGIN
  SELECT conname INTO STRICT v_check FROM pg_constraint
  WHERE conrelid = 'statement_lines'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%cost_per_click_micros%';
  EXECUTE format('ALTER TABLE statement_lines DROP CONSTRAINT %I', v_check);
END $$;
ALTER TABLE statement_lines ALTER COLUMN cost_micros TYPE numeric(38, 0);
ALTER TABLE statement_lines ADD CONSTRAINT cost_is_price_times_billable
  CHECK (cost_micros = billable::numeric * cost_per_click_micros);
ALTER TABLE statements ALTER COLUMN cost_micros TYPE numeric(38, 0);
ALTER TABLE billing_totals ALTER COLUMN cost_micros TYPE numeric(38, 0);

-- Clicks of the month that cost nothing, whatever the verdict: they make no statement.
ALTER TABLE billing_totals ADD COLUMN unpriced_clicks bigint NOT NULL DEFAULT 0;

-- As LIMITS.costPerClickMicrosMax and LIMITS.dailyBudgetMicrosMax.
ALTER TABLE campaigns
  ADD CONSTRAINT cost_per_click_is_bounded CHECK (cost_per_click_micros <= 10000000000),
  ADD CONSTRAINT daily_budget_is_bounded CHECK (daily_budget_micros <= 1000000000000000);

-- A month's statements by advertiser, a page at a time.
CREATE INDEX statements_of_month ON statements (tenant_id, period, advertiser_id COLLATE "C");
