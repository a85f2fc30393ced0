-- Verdicts found after the fact. A click's row never changes: an adjustment is a row of its own, which reaches analytics in
-- a batch and a chunk like any click, as a delta: the old verdict taken away, the new one added.
CREATE TABLE adjustments (
  adjustment_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id         integer     NOT NULL,
  click_id          uuid        NOT NULL,
  -- where the ledger has the click
  click_batch_id    bigint      NOT NULL,
  click_received_at timestamptz NOT NULL,
  -- the batch that brings the adjustment to analytics
  batch_id          bigint      NOT NULL,
  made_at           timestamptz NOT NULL,
  -- 1 for a click's first adjustment
  revision          integer     NOT NULL,
  was_fraudulent    boolean     NOT NULL,
  old_reason        text,
  old_reasons       text        NOT NULL,
  old_evidence      text        NOT NULL,
  is_fraudulent     boolean     NOT NULL,
  reason            text,
  reasons           text        NOT NULL,
  evidence          text        NOT NULL,
  rules_version     integer     NOT NULL,
  made_by           text        NOT NULL,
  -- the click's own time or, when that lies in a closed period, the time that the adjustment counts at
  counts_at         timestamptz NOT NULL,
  is_deferred       boolean     NOT NULL,
  -- A person's verdict beats every rule: no rule touches the click again, another person may.
  by_person         boolean     NOT NULL DEFAULT false,

  -- An adjustment outlives its click: a verdict about a closed month is a credit on a later statement, and retention may drop the click
  -- before that statement is made. So it carries what a bill and a rebuild need of its click. Personal data is not among it: an erasure
  -- has to look at clicks alone. Null: the click was dropped before there were these columns.
  advertiser_id     text,
  campaign_id       text,
  ad_id             text,
  country           text,
  device_type       text,
  os                text,
  browser           text,
  cost_micros       bigint,
  clicked_at        timestamptz,
  UNIQUE (tenant_id, click_id, revision)
);
CREATE INDEX adjustments_batch ON adjustments (batch_id);
CREATE INDEX adjustments_without_click ON adjustments (tenant_id, batch_id) WHERE clicked_at IS NULL;

-- Billed periods: what is found later about their clicks counts at the time it was found, as a credit on the next period.
CREATE TABLE closed_periods (
  tenant_id    integer     NOT NULL REFERENCES tenants,
  closed_until timestamptz NOT NULL,
  closed_at    timestamptz NOT NULL DEFAULT now(),
  closed_by    text        NOT NULL,
  PRIMARY KEY (tenant_id, closed_until)
);

SELECT isolate_tenants('adjustments', 'SELECT');
SELECT isolate_tenants('closed_periods', 'SELECT, INSERT');
