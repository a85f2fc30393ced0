-- Test data of an organization: clicks that are judged and counted like any other, and are on no figure and no bill. They belong
-- to a tenant of their own beside the live one, so that every query, policy and reconciliation that knows tenants keeps them apart.

ALTER TABLE tenants
  -- The live tenant whose test data this is; null for a live tenant.
  ADD COLUMN test_of       integer REFERENCES tenants,
  -- Test data that was deleted: no request reaches it any more.
  ADD COLUMN test_ended_at timestamptz,
  ADD CONSTRAINT test_ended_of_test CHECK (test_ended_at IS NULL OR test_of IS NOT NULL);
CREATE UNIQUE INDEX tenants_test_in_use ON tenants (test_of) WHERE test_ended_at IS NULL;

-- A test key brings and reads test data alone.
ALTER TABLE api_keys ADD COLUMN is_test boolean NOT NULL DEFAULT false;

-- What an organization decides about money, zone and privacy holds for its test data too. Security definer: a request may change
-- its own tenant alone.
CREATE FUNCTION decide_for_test_data() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE tenants
  SET currency = NEW.currency, billing_zone = NEW.billing_zone, respect_privacy_signals = NEW.respect_privacy_signals,
    personal_data_days = NEW.personal_data_days
  WHERE test_of = NEW.tenant_id AND test_ended_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER tenants_decided
  AFTER UPDATE OF currency, billing_zone, respect_privacy_signals, personal_data_days ON tenants
  FOR EACH ROW WHEN (NEW.test_of IS NULL) EXECUTE FUNCTION decide_for_test_data();

-- No route leads there. If one ever does, nothing is closed and nothing is billed.
CREATE FUNCTION refuse_bill_of_test_data() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM tenants WHERE tenant_id = NEW.tenant_id AND test_of IS NOT NULL) THEN
    RAISE EXCEPTION 'tenant % is test data, which is never billed', NEW.tenant_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER billing_periods_of_live_tenants BEFORE INSERT ON billing_periods
  FOR EACH ROW EXECUTE FUNCTION refuse_bill_of_test_data();
CREATE TRIGGER statements_of_live_tenants BEFORE INSERT ON statements
  FOR EACH ROW EXECUTE FUNCTION refuse_bill_of_test_data();
