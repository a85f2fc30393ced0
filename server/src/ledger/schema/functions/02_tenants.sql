-- What an organization decides about money, zone and privacy holds for its test data too. Security definer: a request may change
-- its own tenant alone.
CREATE OR REPLACE FUNCTION decide_for_test_data() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE tenants
  SET currency = NEW.currency, billing_zone = NEW.billing_zone, respect_privacy_signals = NEW.respect_privacy_signals,
    personal_data_days = NEW.personal_data_days
  WHERE test_of = NEW.tenant_id AND test_ended_at IS NULL;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tenants_decided
  AFTER UPDATE OF currency, billing_zone, respect_privacy_signals, personal_data_days ON tenants
  FOR EACH ROW WHEN (NEW.test_of IS NULL) EXECUTE FUNCTION decide_for_test_data();
