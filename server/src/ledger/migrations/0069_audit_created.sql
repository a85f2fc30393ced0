-- Setting an entity up has an action of its own, so that the audit log says "created" and not "changed".
CREATE OR REPLACE VIEW entity_changes WITH (security_invoker = true) AS
SELECT
  a.audit_id AS change_id, a.tenant_id, split_part(a.action, '.', 1) AS entity, a.subject AS entity_id, n.key AS field,
  a.old_values ->> n.key AS old_value, n.value AS new_value, a.at AS changed_at, a.actor AS changed_by
FROM audit_log a, jsonb_each_text(a.new_values) AS n
WHERE a.action IN (
  'campaign.create', 'campaign.change', 'ad.create', 'ad.change', 'advertiser.create', 'advertiser.change'
);

-- Notes what a person changed of an entity; an empty `p_old` means that the person set it up.
CREATE OR REPLACE FUNCTION note_change(
  p_tenant_id integer, p_entity text, p_entity_id text, p_old jsonb, p_new jsonb, p_changed_by text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_fields text[] := array_remove(
    ARRAY['name', 'status', 'cost_per_click_micros', 'daily_budget_micros', 'advertiser_id', 'campaign_id'], p_entity || '_id'
  );
BEGIN
  IF p_old = '{}' THEN
    INSERT INTO audit_log (tenant_id, actor, action, subject, new_values)
    SELECT
      p_tenant_id, p_changed_by, p_entity || '.create', p_entity_id,
      coalesce(jsonb_object_agg(f, p_new -> f) FILTER (WHERE coalesce(p_new -> f, 'null') <> 'null'), '{}')
    FROM unnest(v_fields) AS f;
  ELSE
    PERFORM record_change(p_tenant_id, p_changed_by, p_entity || '.change', p_entity_id, p_old, p_new, v_fields);
  END IF;
END $$;
