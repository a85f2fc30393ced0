-- Advertisers, campaigns and ads. Ids that clicks bring are registered unnamed (name is null).
CREATE TABLE advertisers (
  tenant_id     integer     NOT NULL REFERENCES tenants,
  advertiser_id text        NOT NULL,
  name          text,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, advertiser_id)
);
CREATE TABLE campaigns (
  tenant_id             integer     NOT NULL REFERENCES tenants,
  campaign_id           text        NOT NULL,
  advertiser_id         text        NOT NULL,
  name                  text,
  status                text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  cost_per_click_micros bigint      NOT NULL DEFAULT 0 CHECK (cost_per_click_micros >= 0),
  daily_budget_micros   bigint      CHECK (daily_budget_micros >= 0),
  created_at            timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, campaign_id),
  -- As LIMITS.costPerClickMicrosMax and LIMITS.dailyBudgetMicrosMax.
  CONSTRAINT cost_per_click_is_bounded CHECK (cost_per_click_micros <= 10000000000),
  CONSTRAINT daily_budget_is_bounded CHECK (daily_budget_micros <= 1000000000000000)
);
CREATE TABLE ads (
  tenant_id   integer     NOT NULL REFERENCES tenants,
  ad_id       text        NOT NULL,
  campaign_id text        NOT NULL,
  name        text,
  status      text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended')),
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, ad_id)
);
-- Lists of a parent's children, by id.
CREATE INDEX campaigns_advertiser ON campaigns (tenant_id, advertiser_id, campaign_id);
CREATE INDEX ads_campaign ON ads (tenant_id, campaign_id, ad_id);

-- What clicks registered in the running hour: an ingest key may stand in a page, and whoever reads the page can send any id.
CREATE TABLE entity_registrations (
  tenant_id  integer     PRIMARY KEY REFERENCES tenants,
  hour       timestamptz NOT NULL,
  registered integer     NOT NULL
);

SELECT isolate_tenants('advertisers', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('campaigns', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('ads', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('entity_registrations', 'SELECT');

-- Restrictive: on top of the tenant's policy.
CREATE POLICY own_advertisers ON advertisers AS RESTRICTIVE TO clickledger_request
  USING (request_advertisers() IS NULL OR request_advertisers() ? advertiser_id);
CREATE POLICY own_advertisers ON campaigns AS RESTRICTIVE TO clickledger_request
  USING (request_advertisers() IS NULL OR request_advertisers() ? advertiser_id);
CREATE POLICY own_advertisers ON ads AS RESTRICTIVE TO clickledger_request
  USING (request_advertisers() IS NULL OR EXISTS (
    SELECT FROM campaigns c WHERE c.tenant_id = ads.tenant_id AND c.campaign_id = ads.campaign_id
  ));
