-- A campaign's share of flagged clicks crossed a line, upwards or back down.
CREATE TABLE alerts (
  alert_id    bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   integer          NOT NULL REFERENCES tenants,
  campaign_id text             NOT NULL,
  level       text             NOT NULL CHECK (level IN ('warning', 'critical', 'resolved')),
  clicks      bigint           NOT NULL,
  fraud_count bigint           NOT NULL,
  from_time   timestamptz      NOT NULL,
  to_time     timestamptz      NOT NULL,
  raised_at   timestamptz      NOT NULL
);
CREATE INDEX alerts_campaign ON alerts (tenant_id, campaign_id, alert_id DESC);

-- Where a tenant's alerts are sent. The secret signs them; it is shown once.
CREATE TABLE webhooks (
  tenant_id  integer     PRIMARY KEY REFERENCES tenants,
  url        text        NOT NULL,
  secret     text        NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  changed_by text        NOT NULL
);

-- What is still to be sent, made in the transaction of its alert.
CREATE TABLE alert_deliveries (
  alert_id        bigint      PRIMARY KEY REFERENCES alerts,
  tenant_id       integer     NOT NULL,
  state           text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given_up')),
  attempts        integer     NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  last_error      text
);
CREATE INDEX alert_deliveries_waiting ON alert_deliveries (next_attempt_at) WHERE state = 'waiting';

SELECT isolate_tenants('alerts', 'SELECT');
SELECT isolate_tenants('alert_deliveries', 'SELECT');
SELECT isolate_tenants('webhooks', 'SELECT, INSERT, UPDATE, DELETE');
