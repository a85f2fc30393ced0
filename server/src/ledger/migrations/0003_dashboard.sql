-- Who changed what of a campaign, ad or advertiser, field by field: a bill can be explained years later.
CREATE TABLE entity_changes (
  change_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id  integer     NOT NULL REFERENCES tenants,
  entity     text        NOT NULL CHECK (entity IN ('campaign', 'ad', 'advertiser')),
  entity_id  text        NOT NULL,
  field      text        NOT NULL,
  old_value  text,
  new_value  text,
  changed_at timestamptz NOT NULL DEFAULT now(),
  changed_by text        NOT NULL
);
CREATE INDEX entity_changes_of ON entity_changes (tenant_id, entity, entity_id, change_id DESC);

-- Lists of a parent's children, by id.
CREATE INDEX campaigns_advertiser ON campaigns (tenant_id, advertiser_id, campaign_id);
CREATE INDEX ads_campaign ON ads (tenant_id, campaign_id, ad_id);

-- The story of a click that analytics refused starts here: it may be too old for click_keys.
CREATE INDEX chunk_parts_set_aside ON chunk_parts (first_click_id) WHERE state = 'set_aside';

CREATE FUNCTION note_change(
  p_tenant_id integer, p_entity text, p_entity_id text, p_old jsonb, p_new jsonb, p_changed_by text
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO entity_changes (tenant_id, entity, entity_id, field, old_value, new_value, changed_by)
  SELECT p_tenant_id, p_entity, p_entity_id, n.key, p_old ->> n.key, n.value, p_changed_by
  FROM jsonb_each_text(p_new) AS n
  WHERE n.key IN ('name', 'status', 'cost_per_click_micros', 'daily_budget_micros', 'advertiser_id', 'campaign_id')
    AND n.key <> p_entity || '_id'
    AND n.value IS DISTINCT FROM p_old ->> n.key
  ORDER BY n.key;
$$;
