-- How often ads were shown: counts, not one row each. A row is what one node counted of one ad, hour, country and device since its last
-- write, or an entry of a report. Rows are never changed; whoever wants a figure adds them up.
CREATE TABLE impression_counts (
  tenant_id     integer     NOT NULL,
  -- Of the row: a refused chunk is halved by it, and reconciliation tells rows apart.
  count_id      uuid        NOT NULL,
  batch_id      bigint      NOT NULL,
  received_at   timestamptz NOT NULL,
  -- The start of the hour, by the UTC clock, in which the ads were shown.
  hour          timestamptz NOT NULL,
  advertiser_id text        NOT NULL,
  campaign_id   text        NOT NULL,
  ad_id         text        NOT NULL,
  -- Empty when unknown, or for what came beyond a tenant's share of the counters; likewise device_type.
  country       text        NOT NULL,
  device_type   text        NOT NULL,
  -- The link whose image was shown; empty for reports.
  link_id       text        NOT NULL,
  impressions   bigint      NOT NULL CHECK (impressions > 0),
  -- The campaign's price of 1,000 impressions when these were stored; 0 when it is not billed by them.
  price_per_thousand_micros bigint NOT NULL DEFAULT 0
) PARTITION BY RANGE (received_at);
CREATE INDEX impression_counts_batch ON impression_counts (batch_id);

-- The writes that were counted: a report by the id that its client gave it, and what a node adds up, under ids of its own as tenant 0.
-- A write whose reply got lost is sent again under its id, and is counted once.
CREATE TABLE impression_reports (
  tenant_id integer     NOT NULL,
  report_id text        NOT NULL,
  -- Of its body: another one under the same id is an error.
  body_hash text        NOT NULL,
  made_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, report_id)
);
CREATE INDEX impression_reports_age ON impression_reports (made_at);

SELECT isolate_tenants('impression_counts', 'SELECT');
-- Written and asked by the owner of the tables alone.
ALTER TABLE impression_reports ENABLE ROW LEVEL SECURITY;
