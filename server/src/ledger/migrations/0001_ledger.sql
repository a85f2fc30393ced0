-- The ledger: the truth about every click. A click exists when its row is committed.

CREATE TABLE tenants (
  tenant_id  integer     PRIMARY KEY,
  slug       text        NOT NULL UNIQUE,
  name       text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO tenants (tenant_id, slug, name) VALUES (1, 'default', 'Default');

-- Entities. Ids that clicks bring are registered unnamed (name is null) in the transaction of the click.
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
  PRIMARY KEY (tenant_id, campaign_id)
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

-- One row an ingestion transaction. The relay stamps it with a chunk; a chunk is then fixed.
CREATE SEQUENCE batch_ids CACHE 1;
CREATE TABLE batches (
  batch_id    bigint      NOT NULL,
  received_at timestamptz NOT NULL,
  click_count integer     NOT NULL CHECK (click_count > 0),
  fraud_count integer     NOT NULL,
  chunk_id    bigint
) PARTITION BY RANGE (received_at);
CREATE INDEX batches_unstamped ON batches (batch_id) WHERE chunk_id IS NULL;
CREATE INDEX batches_chunk ON batches (chunk_id) WHERE chunk_id IS NOT NULL;

-- Partitioned by the day of receipt, not of the click: an import spans years, and must not need years of partitions.
CREATE TABLE click_events (
  tenant_id     integer     NOT NULL,
  click_id      uuid        NOT NULL,
  batch_id      bigint      NOT NULL,
  received_at   timestamptz NOT NULL,
  clicked_at    timestamptz NOT NULL,
  advertiser_id text        NOT NULL,
  campaign_id   text        NOT NULL,
  ad_id         text        NOT NULL,
  user_id       text,
  ip_hash       text,
  visitor_key   text        NOT NULL,
  country       text        NOT NULL,
  device_type   text        NOT NULL,
  os            text        NOT NULL,
  browser       text        NOT NULL,
  user_agent    text        NOT NULL,
  referrer      text        NOT NULL,
  is_fraudulent boolean     NOT NULL,
  fraud_reason  text,
  -- comma-separated rule names
  fraud_reasons text        NOT NULL,
  rules_not_run text        NOT NULL,
  -- JSON: for each rule that fired, what it counted and its limits; empty for a clean click
  fraud_evidence text       NOT NULL,
  -- The campaign's cost per click when this one was stored, so that a bill can be made again from the clicks alone.
  cost_micros   bigint      NOT NULL
) PARTITION BY RANGE (received_at);
CREATE INDEX click_events_batch ON click_events (batch_id);

-- Layer 3 of deduplication. A unique constraint can't span the partitions of click_events, so the ids have a
-- table of their own, in generations as long as the dedup window: an id is looked for in the running generation and the one
-- before it, so that it is known for one to two windows; older generations are dropped whole.
CREATE TABLE click_keys (
  generation  integer     NOT NULL,
  tenant_id   integer     NOT NULL,
  click_id    uuid        NOT NULL,
  batch_id    bigint      NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (generation, tenant_id, click_id)
) PARTITION BY LIST (generation);
CREATE TABLE dedup_generation (
  only_row   boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  generation integer     NOT NULL,
  started_at timestamptz NOT NULL
);
INSERT INTO dedup_generation (generation, started_at) VALUES (1, now());
CREATE TABLE click_keys_1 PARTITION OF click_keys FOR VALUES IN (1);

-- Chunks: what the relay hands to analytics, under the token 'chunk-<id>'.
CREATE TABLE chunks (
  chunk_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  click_count  bigint      NOT NULL,
  fraud_count  bigint      NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  delivered_at timestamptz
);
CREATE INDEX chunks_undelivered ON chunks (chunk_id) WHERE delivered_at IS NULL;
-- Only for a chunk that the engine refused: its halves, each with its own token, fixed here before they are sent.
CREATE TABLE chunk_parts (
  part_id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  chunk_id       bigint      NOT NULL REFERENCES chunks,
  first_click_id uuid        NOT NULL,
  last_click_id  uuid        NOT NULL,
  state          text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'split', 'delivered', 'set_aside')),
  reason         text
);
CREATE INDEX chunk_parts_chunk ON chunk_parts (chunk_id);

-- What ClickHouse reads. Times as milliseconds, so that no session's time zone matters.
CREATE VIEW chunk_clicks AS
SELECT
  b.chunk_id,
  e.batch_id,
  e.tenant_id,
  e.click_id,
  (extract(epoch FROM e.received_at) * 1000)::bigint AS received_at_ms,
  (extract(epoch FROM e.clicked_at) * 1000)::bigint AS clicked_at_ms,
  e.advertiser_id,
  e.campaign_id,
  e.ad_id,
  coalesce(e.user_id, '') AS user_id,
  coalesce(e.ip_hash, '') AS ip_hash,
  e.visitor_key,
  e.country,
  e.device_type,
  e.os,
  e.browser,
  e.user_agent,
  e.referrer,
  e.is_fraudulent::integer AS is_fraudulent,
  coalesce(e.fraud_reason, '') AS fraud_reason,
  e.fraud_reasons,
  e.rules_not_run,
  e.fraud_evidence,
  e.cost_micros
FROM batches b
JOIN click_events e ON e.batch_id = b.batch_id AND e.received_at = b.received_at;

-- The same for one part of a split chunk. The bounds are compared here: ClickHouse orders UUIDs differently.
CREATE VIEW chunk_part_clicks AS
SELECT p.part_id, c.*
FROM chunk_parts p
JOIN chunk_clicks c ON c.chunk_id = p.chunk_id AND c.click_id BETWEEN p.first_click_id AND p.last_click_id;
