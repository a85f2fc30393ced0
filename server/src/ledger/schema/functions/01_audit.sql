-- For tables that only grow.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Notes what differs between two states of a row, of the fields named; nothing when nothing does.
CREATE OR REPLACE FUNCTION record_change(
  p_tenant_id integer, p_actor text, p_action text, p_subject text, p_old jsonb, p_new jsonb, p_fields text[]
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO audit_log (tenant_id, actor, action, subject, old_values, new_values)
  SELECT p_tenant_id, p_actor, p_action, p_subject, jsonb_object_agg(f, p_old -> f), jsonb_object_agg(f, p_new -> f)
  FROM unnest(p_fields) AS f
  WHERE coalesce(p_new -> f, 'null') IS DISTINCT FROM coalesce(p_old -> f, 'null')
  HAVING count(*) > 0;
$$;

-- Notes what a person changed of a campaign, ad or advertiser; an empty `p_old` means that the person set it up. Setting one up has an
-- action of its own, so that the audit log says "created" and not "changed".
CREATE OR REPLACE FUNCTION note_change(
  p_tenant_id integer, p_entity text, p_entity_id text, p_old jsonb, p_new jsonb, p_changed_by text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_fields text[] := array_remove(
    ARRAY['name', 'status', 'pricing_model', 'cost_per_click_micros', 'cost_per_thousand_micros', 'cost_per_conversion_micros',
      'daily_budget_micros', 'advertiser_id', 'campaign_id'], p_entity || '_id'
  );
BEGIN
  IF p_old = '{}' THEN
    INSERT INTO audit_log (tenant_id, actor, action, subject, new_values)
    SELECT
      p_tenant_id, p_changed_by, p_entity || '.create', p_entity_id,
      coalesce(jsonb_object_agg(f, p_new -> f) FILTER (
        WHERE coalesce(p_new -> f, 'null') <> 'null'
          -- Billing by click goes without saying, as do the prices of the other models.
          AND NOT (f = 'pricing_model' AND p_new ->> f = 'cpc')
          AND NOT (f IN ('cost_per_thousand_micros', 'cost_per_conversion_micros') AND p_new ->> f = '0')
      ), '{}')
    FROM unnest(v_fields) AS f;
  ELSE
    PERFORM record_change(p_tenant_id, p_changed_by, p_entity || '.change', p_entity_id, p_old, p_new, v_fields);
  END IF;
END $$;

-- The same field by field: a bill can be explained years later. It looks as whoever asks does, so that the policies hold.
CREATE OR REPLACE VIEW entity_changes WITH (security_invoker = true) AS
SELECT
  a.audit_id AS change_id, a.tenant_id, split_part(a.action, '.', 1) AS entity, a.subject AS entity_id, n.key AS field,
  a.old_values ->> n.key AS old_value, n.value AS new_value, a.at AS changed_at, a.actor AS changed_by
FROM audit_log a, jsonb_each_text(a.new_values) AS n
WHERE a.action IN (
  'campaign.create', 'campaign.change', 'ad.create', 'ad.change', 'advertiser.create', 'advertiser.change',
  'link.create', 'link.change'
);
GRANT SELECT ON entity_changes TO clickledger_request;
