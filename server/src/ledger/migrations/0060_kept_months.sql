-- Whether the ledger still has every click that was received from a tenant since a month began; clocks may be an hour apart.
CREATE FUNCTION is_kept_since(p_tenant_id integer, p_from timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT w.kept_from <= greatest(p_from - interval '1 hour', t.created_at)
  FROM retention_watermark w, tenants t WHERE t.tenant_id = p_tenant_id;
$$;
