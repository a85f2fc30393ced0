-- Isolation of tenants by the ledger itself. What a request reads and changes runs in a transaction that has taken the role
-- `clickledger_request` and named its tenant; the policies then hide every other tenant's rows, whatever the query says.
-- Without a tenant named they hide all of them.
--
-- Exceptions, which run as the owner of the tables, whom no policy restricts: appending clicks (one batch has clicks of many
-- tenants; each carries the tenant of its credential), the relay, reconciliation and maintenance (they know no tenants),
-- adjustments (they write a batch), closing a month (it fixes chunks), forgetting a person (it rewrites
-- clicks), and sign-in (it finds out the tenant).
--
-- A table with a tenant says with `isolate_tenants` what requests may do with it; without a word it is closed to them.

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

-- The functions of policies stand here, since a policy can't be made before its function. Changed by a migration.
CREATE FUNCTION request_tenant() RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('clickledger.tenant_id', true), '')::integer
$$;

-- A member with the role advertiser sees, of campaigns and the like, those of some advertisers alone: a JSON array, or null for
-- everybody else.
CREATE FUNCTION request_advertisers() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('clickledger.advertisers', true), '')::jsonb
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
