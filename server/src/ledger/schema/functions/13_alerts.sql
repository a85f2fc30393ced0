-- Stores an alert and, when the tenant has a webhook, what is to be sent. Of more than `p_waiting_max` that wait, the oldest
-- are given up.
CREATE OR REPLACE FUNCTION raise_alert(
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
