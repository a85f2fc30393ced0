-- Functions of their own, so that each is a look-up by key and never a join over all there are.
CREATE OR REPLACE FUNCTION is_campaign(p_tenant_id integer, p_campaign_id text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM campaigns WHERE tenant_id = p_tenant_id AND campaign_id = p_campaign_id);
END $$;

CREATE OR REPLACE FUNCTION is_ad(p_tenant_id integer, p_ad_id text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM ads WHERE tenant_id = p_tenant_id AND ad_id = p_ad_id);
END $$;

-- Registers the campaigns and ads that clicks bring and nobody has named, and the advertisers of those campaigns: at most
-- `p_hourly_max` rows a tenant and hour, and no campaign where only known ones are. The first click of a campaign says whose it is.
-- Returns the places of the clicks whose campaign and ad are registered now.
--
-- One tenant after the other, each under the lock of its counter, so that two nodes can't deadlock or pass the limit together.
CREATE OR REPLACE FUNCTION register_clicked(
  p_tenant_ids integer[], p_advertiser_ids text[], p_campaign_ids text[], p_ad_ids text[], p_hourly_max integer
) RETURNS TABLE (ordinal integer) LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  v_tenant_id integer;
  v_left integer;
  v_made integer;
BEGIN
  FOR v_tenant_id IN
    SELECT DISTINCT i.tenant_id FROM unnest(p_tenant_ids, p_campaign_ids, p_ad_ids) AS i (tenant_id, campaign_id, ad_id)
    WHERE NOT is_campaign(i.tenant_id, i.campaign_id) OR NOT is_ad(i.tenant_id, i.ad_id)
    ORDER BY 1
  LOOP
    INSERT INTO entity_registrations AS r (tenant_id, hour, registered) VALUES (v_tenant_id, date_trunc('hour', now()), 0)
    ON CONFLICT (tenant_id) DO UPDATE
      SET hour = EXCLUDED.hour, registered = CASE WHEN r.hour = EXCLUDED.hour THEN r.registered ELSE 0 END
    RETURNING p_hourly_max - r.registered INTO v_left;

    IF NOT (SELECT t.only_known_campaigns FROM tenants t WHERE t.tenant_id = v_tenant_id) THEN
      WITH made AS (
        INSERT INTO campaigns (tenant_id, campaign_id, advertiser_id)
        SELECT DISTINCT ON (i.campaign_id) v_tenant_id, i.campaign_id, i.advertiser_id
        FROM unnest(p_tenant_ids, p_campaign_ids, p_advertiser_ids) WITH ORDINALITY AS i (tenant_id, campaign_id, advertiser_id, place)
        WHERE i.tenant_id = v_tenant_id AND NOT is_campaign(v_tenant_id, i.campaign_id)
        ORDER BY i.campaign_id, i.place
        -- Each may bring an advertiser.
        LIMIT greatest(v_left / 2, 0)
        ON CONFLICT DO NOTHING
        RETURNING advertiser_id
      ), advertised AS (
        INSERT INTO advertisers (tenant_id, advertiser_id)
        SELECT DISTINCT v_tenant_id, made.advertiser_id FROM made ORDER BY made.advertiser_id
        ON CONFLICT DO NOTHING
        RETURNING 1
      )
      SELECT v_left - (SELECT count(*) FROM made) - (SELECT count(*) FROM advertised) INTO v_left;
    END IF;

    INSERT INTO ads (tenant_id, ad_id, campaign_id)
    SELECT DISTINCT ON (i.ad_id) v_tenant_id, i.ad_id, i.campaign_id
    FROM unnest(p_tenant_ids, p_campaign_ids, p_ad_ids) WITH ORDINALITY AS i (tenant_id, campaign_id, ad_id, place)
    WHERE i.tenant_id = v_tenant_id AND is_campaign(v_tenant_id, i.campaign_id) AND NOT is_ad(v_tenant_id, i.ad_id)
    ORDER BY i.ad_id, i.place
    LIMIT greatest(v_left, 0)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_made = ROW_COUNT;
    UPDATE entity_registrations SET registered = p_hourly_max - v_left + v_made WHERE tenant_id = v_tenant_id;
  END LOOP;

  RETURN QUERY
  SELECT i.place::integer
  FROM unnest(p_tenant_ids, p_campaign_ids, p_ad_ids) WITH ORDINALITY AS i (tenant_id, campaign_id, ad_id, place)
  WHERE is_campaign(i.tenant_id, i.campaign_id) AND is_ad(i.tenant_id, i.ad_id);
END $$;
