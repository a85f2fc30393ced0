-- From which shares of flagged clicks an account wants to be alerted, and how many clicks an hour a share needs to mean anything.
ALTER TABLE tenants
  ADD COLUMN alert_warning_percent  integer NOT NULL DEFAULT 3 CHECK (alert_warning_percent BETWEEN 1 AND 100),
  ADD COLUMN alert_critical_percent integer NOT NULL DEFAULT 5 CHECK (alert_critical_percent BETWEEN 1 AND 100),
  ADD COLUMN alert_clicks_min       integer NOT NULL DEFAULT 100 CHECK (alert_clicks_min BETWEEN 1 AND 1000000),
  ADD CONSTRAINT alert_percents_in_order CHECK (alert_warning_percent <= alert_critical_percent);
GRANT UPDATE (alert_warning_percent, alert_critical_percent, alert_clicks_min) ON tenants TO clickledger_request;
