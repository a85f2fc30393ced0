-- Isolation of tenants by the ledger itself. What a request reads and changes runs in a transaction that has taken the role
-- `clickledger_request` and named its tenant; the policies below then hide every other tenant's rows, whatever the query says.
-- Without a tenant named they hide all of them.
--
-- Exceptions, which run as the owner of the tables, whom no policy restricts: appending clicks (one batch has clicks of many
-- tenants; each carries the tenant of its credential), the relay, reconciliation and maintenance (they know no tenants),
-- adjustments (they write a batch), closing a month (it fixes chunks), forgetting a person (it rewrites
-- clicks), and sign-in (it finds out the tenant).

DO $$
BEGIN
  -- Roles belong to the whole server, which may hold more than one ledger.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'clickledger_request') THEN
    CREATE ROLE clickledger_request NOLOGIN NOINHERIT;
  END IF;
  BEGIN
    SET LOCAL ROLE clickledger_request;
  EXCEPTION WHEN insufficient_privilege THEN
    EXECUTE format('GRANT clickledger_request TO %I', session_user);
  END;
  RESET ROLE;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE EXCEPTION 'The role clickledger_request can not be made by %. As an administrator of the server, run: CREATE ROLE clickledger_request NOLOGIN NOINHERIT; GRANT clickledger_request TO %',
    session_user, quote_ident(session_user);
END $$;
DO $$ BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO clickledger_request', current_schema());
END $$;

CREATE FUNCTION request_tenant() RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('clickledger.tenant_id', true), '')::integer
$$;

-- Hides the rows of other tenants from requests, and lets them have the given privileges on the rest.
CREATE FUNCTION isolate_tenants(p_table regclass, p_privileges text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format(
    'CREATE POLICY own_tenant ON %s TO clickledger_request USING (tenant_id = request_tenant()) WITH CHECK (tenant_id = request_tenant())',
    p_table
  );
  EXECUTE format('GRANT %s ON %s TO clickledger_request', p_privileges, p_table);
END $$;

SELECT isolate_tenants(name::regclass, privileges) FROM (VALUES
  ('tenants', 'SELECT'),
  ('advertisers', 'SELECT, INSERT, UPDATE'),
  ('campaigns', 'SELECT, INSERT, UPDATE'),
  ('ads', 'SELECT, INSERT, UPDATE'),
  ('audit_log', 'SELECT, INSERT'),
  ('click_events', 'SELECT'),
  ('click_keys', 'SELECT'),
  ('adjustments', 'SELECT'),
  ('fraud_rule_sets', 'SELECT, INSERT'),
  ('fraud_list_entries', 'SELECT, INSERT, UPDATE'),
  ('fraud_revisions', 'SELECT, INSERT, UPDATE'),
  ('fraud_runs', 'SELECT'),
  ('closed_periods', 'SELECT, INSERT'),
  ('billing_periods', 'SELECT'),
  ('billing_totals', 'SELECT'),
  ('statements', 'SELECT'),
  ('statement_lines', 'SELECT'),
  ('alerts', 'SELECT'),
  ('alert_deliveries', 'SELECT'),
  ('webhooks', 'SELECT, INSERT, UPDATE, DELETE'),
  ('api_keys', 'SELECT, INSERT, UPDATE'),
  ('members', 'SELECT, INSERT, UPDATE, DELETE'),
  ('sessions', 'SELECT, DELETE'),
  ('invitations', 'SELECT, INSERT, UPDATE'),
  ('password_resets', 'SELECT, INSERT')
) AS t (name, privileges);

GRANT UPDATE (name, currency, billing_zone, respect_privacy_signals, personal_data_days) ON tenants TO clickledger_request;

-- A member with the role advertiser sees, of campaigns and the like, those of some advertisers alone: a JSON array, or nothing
-- for everybody else. Restrictive: on top of the tenant's policy.
CREATE FUNCTION request_advertisers() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('clickledger.advertisers', true), '')::jsonb
$$;
CREATE POLICY own_advertisers ON advertisers AS RESTRICTIVE TO clickledger_request
  USING (request_advertisers() IS NULL OR request_advertisers() ? advertiser_id);
CREATE POLICY own_advertisers ON campaigns AS RESTRICTIVE TO clickledger_request
  USING (request_advertisers() IS NULL OR request_advertisers() ? advertiser_id);
CREATE POLICY own_advertisers ON ads AS RESTRICTIVE TO clickledger_request
  USING (request_advertisers() IS NULL OR EXISTS (
    SELECT FROM campaigns c WHERE c.tenant_id = ads.tenant_id AND c.campaign_id = ads.campaign_id
  ));

-- A view looks as its owner does, unless it is told to look as whoever asks.
ALTER VIEW entity_changes SET (security_invoker = true);
GRANT SELECT ON entity_changes TO clickledger_request;

-- Tables without a tenant that a click's story needs: ids and counts of whole transactions.
GRANT SELECT ON dedup_generation, batches, chunks, chunk_parts TO clickledger_request;

-- Belongs to no tenant's requests: reconciliation reads it as the owner. It has a tenant, so it is closed to requests.
ALTER TABLE reconciliation_differences ENABLE ROW LEVEL SECURITY;
