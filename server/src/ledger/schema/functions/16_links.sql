-- What changes an ad or a campaign changes what its links do: nodes have to read these again.
CREATE OR REPLACE FUNCTION touch_links_of_ad() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE links SET changed_xid = pg_current_xact_id() WHERE tenant_id = NEW.tenant_id AND ad_id = NEW.ad_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER ads_touch_links AFTER UPDATE OF status, campaign_id ON ads
  FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.campaign_id <> NEW.campaign_id) EXECUTE FUNCTION touch_links_of_ad();

CREATE OR REPLACE FUNCTION touch_links_of_campaign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE links SET changed_xid = pg_current_xact_id()
  WHERE tenant_id = NEW.tenant_id
    AND ad_id IN (SELECT a.ad_id FROM ads a WHERE a.tenant_id = NEW.tenant_id AND a.campaign_id = NEW.campaign_id);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER campaigns_touch_links AFTER UPDATE OF status, advertiser_id ON campaigns
  FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.advertiser_id <> NEW.advertiser_id) EXECUTE FUNCTION touch_links_of_campaign();

CREATE OR REPLACE FUNCTION touch_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_xid := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER links_touch BEFORE UPDATE ON links FOR EACH ROW EXECUTE FUNCTION touch_link();
