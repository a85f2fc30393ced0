-- The audit log: who changed what, and when. The one place for it: the history of campaigns, ads and advertisers, which had a
-- table of its own, is read from here. It only grows.
CREATE TABLE audit_log (
  audit_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   integer     NOT NULL REFERENCES tenants,
  at          timestamptz NOT NULL DEFAULT now(),
  actor       text        NOT NULL,
  -- what was done, as in 'campaign.change'
  action      text        NOT NULL CHECK (action ~ '^[a-z_]+[.][a-z_]+$'),
  -- to which campaign, rule, key …
  subject     text        NOT NULL,
  -- only the fields that changed; null when there was nothing before, or is nothing after
  old_values  jsonb,
  new_values  jsonb
);
CREATE INDEX audit_log_of_tenant ON audit_log (tenant_id, audit_id DESC);
CREATE INDEX audit_log_of_subject ON audit_log (tenant_id, subject, audit_id DESC);

-- For tables that only grow.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was noted field by field so far, a change a row.
INSERT INTO audit_log (tenant_id, at, actor, action, subject, old_values, new_values)
SELECT
  tenant_id, changed_at, changed_by, entity || '.change', entity_id,
  jsonb_object_agg(field, old_value), jsonb_object_agg(field, new_value)
FROM entity_changes
GROUP BY tenant_id, changed_at, changed_by, entity, entity_id
ORDER BY min(change_id);
DROP TABLE entity_changes;

CREATE VIEW entity_changes AS
SELECT
  a.audit_id AS change_id, a.tenant_id, split_part(a.action, '.', 1) AS entity, a.subject AS entity_id, n.key AS field,
  a.old_values ->> n.key AS old_value, n.value AS new_value, a.at AS changed_at, a.actor AS changed_by
FROM audit_log a, jsonb_each_text(a.new_values) AS n
WHERE a.action IN ('campaign.change', 'ad.change', 'advertiser.change');

-- Notes what differs between two states of a row, of the fields named; nothing when nothing does.
CREATE FUNCTION record_change(
  p_tenant_id integer, p_actor text, p_action text, p_subject text, p_old jsonb, p_new jsonb, p_fields text[]
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO audit_log (tenant_id, actor, action, subject, old_values, new_values)
  SELECT p_tenant_id, p_actor, p_action, p_subject, jsonb_object_agg(f, p_old -> f), jsonb_object_agg(f, p_new -> f)
  FROM unnest(p_fields) AS f
  WHERE coalesce(p_new -> f, 'null') IS DISTINCT FROM coalesce(p_old -> f, 'null')
  HAVING count(*) > 0;
$$;
CREATE OR REPLACE FUNCTION note_change(
  p_tenant_id integer, p_entity text, p_entity_id text, p_old jsonb, p_new jsonb, p_changed_by text
) RETURNS void LANGUAGE sql AS $$
  SELECT record_change(
    p_tenant_id, p_changed_by, p_entity || '.change', p_entity_id, p_old, p_new,
    array_remove(ARRAY['name', 'status', 'cost_per_click_micros', 'daily_budget_micros', 'advertiser_id', 'campaign_id'], p_entity || '_id')
  );
$$;
