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

-- Stores an alert and, when the tenant has a webhook, what is to be sent. Of more than `p_waiting_max` that wait, the oldest
-- are given up.
CREATE FUNCTION raise_alert(
  p_tenant_id integer, p_campaign_id text, p_level text, p_clicks bigint, p_fraud_count bigint,
  p_from_time timestamptz, p_to_time timestamptz, p_waiting_max integer
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_alert_id bigint;
BEGIN
  INSERT INTO alerts (tenant_id, campaign_id, level, clicks, fraud_count, from_time, to_time, raised_at)
  VALUES (p_tenant_id, p_campaign_id, p_level, p_clicks, p_fraud_count, p_from_time, p_to_time, p_to_time)
  RETURNING alert_id INTO v_alert_id;
  INSERT INTO alert_deliveries (alert_id, tenant_id, next_attempt_at)
  SELECT v_alert_id, p_tenant_id, p_to_time FROM webhooks WHERE tenant_id = p_tenant_id;
  UPDATE alert_deliveries SET state = 'given_up', last_error = 'too many were waiting'
  WHERE alert_id IN (
    SELECT alert_id FROM alert_deliveries WHERE tenant_id = p_tenant_id AND state = 'waiting'
    ORDER BY alert_id DESC OFFSET p_waiting_max
  );
  RETURN v_alert_id;
END $$;
