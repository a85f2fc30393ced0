-- Statements: what an advertiser owes for a month. A month is closed once; what it says then never changes, and can be
-- counted anew from the clicks at any later time.

-- A closed month. What is in it is cut twice: by the clicks' own time, and by the chunks of the ledger, which never gain or lose
-- a click. So each click and each adjustment is in one month, once and for good:
--   its own time in the month, and in a chunk that was fixed when the month was closed; or
--   its own time before the month (it came late), and in a chunk fixed after the month before was closed.
CREATE TABLE billing_periods (
  tenant_id      integer     NOT NULL REFERENCES tenants,
  period         text        NOT NULL CHECK (period ~ '^\d{4}-\d{2}$'),
  from_time      timestamptz NOT NULL,
  to_time        timestamptz NOT NULL CHECK (to_time > from_time),
  time_zone      text        NOT NULL,
  currency       text        NOT NULL,
  -- The start of the first month that was ever closed: what lies before is never billed.
  billed_since   timestamptz NOT NULL,
  after_chunk_id bigint      NOT NULL,
  upto_chunk_id  bigint      NOT NULL,
  closed_at      timestamptz NOT NULL,
  closed_by      text        NOT NULL,
  PRIMARY KEY (tenant_id, period),
  UNIQUE (tenant_id, from_time)
);

-- Amounts are numeric, since no number of clicks outgrows it: a line of 922 million clicks at the highest price is beyond bigint.
CREATE TABLE statements (
  statement_id    bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id       integer        NOT NULL,
  period          text           NOT NULL,
  -- 2026-11-0001: without gaps within the month
  number          text           NOT NULL,
  advertiser_id   text           NOT NULL,
  advertiser_name text,
  clicks          bigint         NOT NULL,
  flagged         bigint         NOT NULL,
  adjusted        bigint         NOT NULL,
  billable        bigint         NOT NULL CHECK (billable = clicks - flagged + adjusted),
  cost_micros     numeric(38, 0) NOT NULL,
  -- SHA-256 of the statement as CSV, and which form of it
  checksum        text           NOT NULL,
  csv_version     integer        NOT NULL,
  made_at         timestamptz    NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, period) REFERENCES billing_periods,
  UNIQUE (tenant_id, number),
  UNIQUE (tenant_id, period, advertiser_id)
);
CREATE INDEX statements_of_tenant ON statements (tenant_id, statement_id DESC);
-- A month's statements by advertiser, a page at a time.
CREATE INDEX statements_of_month ON statements (tenant_id, period, advertiser_id COLLATE "C");

CREATE TABLE statement_lines (
  tenant_id             integer        NOT NULL,
  statement_id          bigint         NOT NULL REFERENCES statements,
  line                  integer        NOT NULL,
  campaign_id           text           NOT NULL,
  campaign_name         text,
  -- of an earlier month: clicks that came late, verdicts found after its closing
  is_correction         boolean        NOT NULL,
  cost_per_click_micros bigint         NOT NULL,
  clicks                bigint         NOT NULL,
  flagged               bigint         NOT NULL,
  adjusted              bigint         NOT NULL,
  billable              bigint         NOT NULL CHECK (billable = clicks - flagged + adjusted),
  cost_micros           numeric(38, 0) NOT NULL,
  fingerprint           text           NOT NULL,
  PRIMARY KEY (statement_id, line),
  CONSTRAINT cost_is_price_times_billable CHECK (cost_micros = billable::numeric * cost_per_click_micros)
);

-- The sum of a month's statements. It is there when they all are.
CREATE TABLE billing_totals (
  tenant_id       integer        NOT NULL,
  period          text           NOT NULL,
  statements      integer        NOT NULL,
  clicks          bigint         NOT NULL,
  flagged         bigint         NOT NULL,
  adjusted        bigint         NOT NULL,
  billable        bigint         NOT NULL,
  cost_micros     numeric(38, 0) NOT NULL,
  -- Clicks of the month that cost nothing, whatever the verdict: they make no statement.
  unpriced_clicks bigint         NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, period),
  FOREIGN KEY (tenant_id, period) REFERENCES billing_periods
);

-- The terms in force when a month was closed. Statements never change, and so their terms do not either. Months that were closed
-- before there was this table have none.
CREATE TABLE statement_terms (
  tenant_id      integer NOT NULL,
  period         text    NOT NULL,
  issuer_name    text,
  issuer_address text,
  issuer_contact text,
  payment_days   integer,
  tax_label      text,
  tax_percent    numeric(6, 3),
  payment_note   text,
  PRIMARY KEY (tenant_id, period),
  FOREIGN KEY (tenant_id, period) REFERENCES billing_periods
);

SELECT isolate_tenants('billing_periods', 'SELECT');
SELECT isolate_tenants('billing_totals', 'SELECT');
SELECT isolate_tenants('statements', 'SELECT');
SELECT isolate_tenants('statement_lines', 'SELECT');
SELECT isolate_tenants('statement_terms', 'SELECT');
