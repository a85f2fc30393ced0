-- The accounts, and what each has decided.
CREATE TABLE tenants (
  tenant_id    integer     PRIMARY KEY,
  slug         text        NOT NULL UNIQUE,
  name         text        NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  currency     text        NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
  billing_zone text        NOT NULL DEFAULT 'UTC',

  -- Sec-GPC and DNT are obeyed: user and address of such a click are not stored.
  respect_privacy_signals boolean NOT NULL DEFAULT false,
  -- Null: personal data is kept as long as the clicks.
  personal_data_days      integer CHECK (personal_data_days BETWEEN 1 AND 3650),
  -- Up to here, by the time of receipt, personal data was taken away.
  anonymous_until         timestamptz,

  -- Clicks of campaigns that nobody has set up are flagged, and register nothing.
  only_known_campaigns boolean NOT NULL DEFAULT false,

  -- What a statement needs so that somebody can pay from it. The owner fills it in; null means that nothing is printed.
  issuer_name    text,
  issuer_address text,
  -- who signs: a person's name, with a title if they like
  issuer_contact text,
  -- days from the closing until payment is due
  payment_days   integer CHECK (payment_days BETWEEN 0 AND 365),
  -- such as "VAT"
  tax_label      text,
  tax_percent    numeric(6, 3) CHECK (tax_percent BETWEEN 0 AND 100),
  -- how to pay: an account number, a reference
  payment_note   text,

  -- From which shares of flagged clicks an account wants to be alerted, and how many clicks an hour a share needs to mean anything.
  alert_warning_percent  integer NOT NULL DEFAULT 3 CHECK (alert_warning_percent BETWEEN 1 AND 100),
  alert_critical_percent integer NOT NULL DEFAULT 5 CHECK (alert_critical_percent BETWEEN 1 AND 100),
  alert_clicks_min       integer NOT NULL DEFAULT 100 CHECK (alert_clicks_min BETWEEN 1 AND 1000000),
  CONSTRAINT alert_percents_in_order CHECK (alert_warning_percent <= alert_critical_percent),

  -- Test data: clicks that are judged and counted like any other, and are on no figure and no bill. They belong to a tenant of their
  -- own beside the live one, so that every query, policy and reconciliation that knows tenants keeps them apart.
  -- The live tenant whose test data this is; null for a live tenant.
  test_of       integer REFERENCES tenants,
  -- Test data that was deleted: no request reaches it any more.
  test_ended_at timestamptz,
  CONSTRAINT test_ended_of_test CHECK (test_ended_at IS NULL OR test_of IS NOT NULL)
);
CREATE UNIQUE INDEX tenants_test_in_use ON tenants (test_of) WHERE test_ended_at IS NULL;
INSERT INTO tenants (tenant_id, slug, name) VALUES (1, 'default', 'Default');

SELECT isolate_tenants('tenants', 'SELECT');
GRANT UPDATE (
  name, currency, billing_zone, respect_privacy_signals, personal_data_days, only_known_campaigns,
  issuer_name, issuer_address, issuer_contact, payment_days, tax_label, tax_percent, payment_note,
  alert_warning_percent, alert_critical_percent, alert_clicks_min
) ON tenants TO clickledger_request;
