-- Kinds of events beside clicks take the same way to analytics, in the same batches and chunks. Each kind counts the rows that it makes there.
ALTER TABLE batches ADD COLUMN conversion_count integer NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN impression_count integer NOT NULL DEFAULT 0;
ALTER TABLE batches DROP CONSTRAINT batches_not_empty;
ALTER TABLE batches ADD CONSTRAINT batches_not_empty CHECK (click_count + adjustment_count + conversion_count + impression_count > 0);
ALTER TABLE chunks ADD COLUMN conversion_count bigint NOT NULL DEFAULT 0;
ALTER TABLE chunks ADD COLUMN impression_count bigint NOT NULL DEFAULT 0;
-- A refused chunk is halved by the ids of the kind that was refused. Nodes of the build before write clicks alone.
ALTER TABLE chunk_parts ADD COLUMN kind text NOT NULL DEFAULT 'clicks';

-- What a conversion means, for how long a click may lead to it, and what it is worth when nobody says. An unknown one is registered by its
-- first conversion.
CREATE TABLE conversion_actions (
  tenant_id            integer     NOT NULL REFERENCES tenants,
  action               text        NOT NULL,
  name                 text,
  click_window_days    integer     NOT NULL DEFAULT 30 CHECK (click_window_days BETWEEN 1 AND 90),
  user_window_days     integer     NOT NULL DEFAULT 7 CHECK (user_window_days BETWEEN 1 AND 90),
  default_value_micros bigint      CHECK (default_value_micros BETWEEN 0 AND 1000000000000000),
  default_currency     text        CHECK (default_currency ~ '^[A-Z]{3}$'),
  counting             text        NOT NULL DEFAULT 'every' CHECK (counting IN ('every', 'one_per_click')),
  status               text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
  created_at           timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, action),
  CONSTRAINT default_value_has_currency CHECK (coalesce(default_value_micros, 0) = 0 OR default_currency IS NOT NULL)
);

-- What makes a conversion unique: the order id ('o:…') or, without one, its own id ('i:…'). Kept for good: an order is counted once, however
-- late it is sent again.
CREATE TABLE conversion_keys (
  tenant_id     integer     NOT NULL,
  action        text        NOT NULL,
  dedup_key     text        NOT NULL,
  conversion_id uuid        NOT NULL,
  received_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, action, dedup_key)
);

-- Conversions as they came in. Only an erasure changes a row.
CREATE TABLE conversions (
  tenant_id     integer     NOT NULL,
  conversion_id uuid        NOT NULL,
  batch_id      bigint      NOT NULL,
  received_at   timestamptz NOT NULL,
  converted_at  timestamptz NOT NULL,
  action        text        NOT NULL,
  -- null: none was given
  order_id      text,
  click_id      uuid,
  user_id       text,
  value_micros  bigint      NOT NULL CHECK (value_micros BETWEEN 0 AND 1000000000000000),
  -- empty only with the value 0
  currency      text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$' OR (currency = '' AND value_micros = 0)),
  source        text        NOT NULL,
  made_by       text        NOT NULL
) PARTITION BY RANGE (received_at);
CREATE INDEX conversions_batch ON conversions (batch_id);
CREATE INDEX conversions_id ON conversions (tenant_id, conversion_id);
CREATE INDEX conversions_user ON conversions (tenant_id, user_id) WHERE user_id IS NOT NULL;

-- What a conversion is attributed to, a row for each state that it ever had. A row carries the state before it: so it says by itself what it
-- changes in analytics, whatever retention has dropped.
CREATE TABLE attributions (
  tenant_id              integer     NOT NULL,
  conversion_id          uuid        NOT NULL,
  conversion_received_at timestamptz NOT NULL,
  -- 0: as it was received
  revision               integer     NOT NULL,
  -- the batch that brings it to analytics
  batch_id               bigint      NOT NULL,
  made_at                timestamptz NOT NULL,
  cause                  text        NOT NULL CHECK (cause IN ('received', 'matched', 'click_flagged', 'click_cleared', 'restated', 'retracted', 'expired')),
  status                 text        NOT NULL CHECK (status IN ('waiting', 'attributed', 'unattributed', 'retracted')),
  -- a code: why it is not attributed; empty when it is
  reason                 text        NOT NULL,
  action                 text        NOT NULL,
  converted_at           timestamptz NOT NULL,
  value_micros           bigint      NOT NULL CHECK (value_micros BETWEEN 0 AND 1000000000000000),
  currency               text        NOT NULL,
  -- The click that it is attributed to, as it was stored; null when there is none.
  click_id               uuid,
  click_batch_id         bigint,
  click_received_at      timestamptz,
  clicked_at             timestamptz,
  matched_by             text        CHECK (matched_by IN ('click_id', 'user_id')),
  advertiser_id          text        NOT NULL DEFAULT '',
  campaign_id            text        NOT NULL DEFAULT '',
  ad_id                  text        NOT NULL DEFAULT '',
  country                text        NOT NULL DEFAULT '',
  device_type            text        NOT NULL DEFAULT '',
  os                     text        NOT NULL DEFAULT '',
  browser                text        NOT NULL DEFAULT '',
  link_id                text        NOT NULL DEFAULT '',
  -- JSON: the campaign parameters of the click's landing; empty for none
  landing                text        NOT NULL DEFAULT '',
  -- the price of a conversion of its campaign when it was attributed
  cost_micros            bigint      NOT NULL DEFAULT 0,
  -- The last click whatever its verdict: the columns click_id to cost_micros of it. Null when that is the click above, or there is none.
  any_click              jsonb,
  -- the conversion's own time or, when that lies in a closed period, the time that this row counts at
  counts_at              timestamptz NOT NULL,
  is_deferred            boolean     NOT NULL DEFAULT false,
  -- The row of the revision before, without its own `previous`; null for the first.
  previous               jsonb
) PARTITION BY RANGE (made_at);
CREATE INDEX attributions_batch ON attributions (batch_id);
CREATE UNIQUE INDEX attributions_revision ON attributions (tenant_id, conversion_id, revision, made_at);

-- The newest state of each conversion: where the work is found. What it says is in `attributions` too.
CREATE TABLE conversion_states (
  tenant_id      integer     NOT NULL,
  conversion_id  uuid        NOT NULL,
  -- where the ledger has the conversion
  batch_id       bigint      NOT NULL,
  received_at    timestamptz NOT NULL,
  revision       integer     NOT NULL,
  -- `made_at` of the newest row of `attributions`
  changed_at     timestamptz NOT NULL,
  status         text        NOT NULL,
  -- The clicks of the chunks up to here were looked at.
  checked_to     bigint      NOT NULL DEFAULT 0,
  -- until when a click of it may still come
  give_up_at     timestamptz NOT NULL,
  given_click_id uuid,
  user_id        text,
  click_id       uuid,
  any_click_id   uuid,
  PRIMARY KEY (tenant_id, conversion_id)
);
CREATE INDEX conversion_states_waiting ON conversion_states (give_up_at) WHERE status = 'waiting';
CREATE INDEX conversion_states_received ON conversion_states (received_at);
CREATE INDEX conversion_states_click ON conversion_states (tenant_id, click_id) WHERE click_id IS NOT NULL;
CREATE INDEX conversion_states_any_click ON conversion_states (tenant_id, any_click_id) WHERE any_click_id IS NOT NULL;
CREATE INDEX conversion_states_given_click ON conversion_states (tenant_id, given_click_id) WHERE given_click_id IS NOT NULL;
CREATE INDEX conversion_states_user ON conversion_states (tenant_id, user_id) WHERE user_id IS NOT NULL;

SELECT isolate_tenants('conversion_actions', 'SELECT, INSERT, UPDATE');
SELECT isolate_tenants('conversion_keys', 'SELECT');
SELECT isolate_tenants('conversions', 'SELECT');
SELECT isolate_tenants('attributions', 'SELECT');
SELECT isolate_tenants('conversion_states', 'SELECT');
