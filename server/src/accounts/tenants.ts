import type { Tenant, TenantInput } from '@clickledger/contract';
import type pg from 'pg';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { ISO_UTC } from '../lib/sql.js';

const TENANT = `tenant_id, slug, name, ${ISO_UTC('created_at')} AS created_at`;

/** Every organization; its test data is in no list. */
export async function listTenants(pool: pg.Pool): Promise<Tenant[]> {
  const { rows } = await pool.query<Tenant>(
    `SELECT ${TENANT} FROM tenants WHERE test_of IS NULL ORDER BY tenant_id`,
  );
  return rows;
}

export async function findTenantById(
  pool: pg.Pool,
  tenantId: number,
): Promise<{ slug: string; name: string; currency: string } | null> {
  const { rows } = await pool.query<{ slug: string; name: string; currency: string }>({
    name: 'find_tenant',
    text: 'SELECT slug, name, currency FROM tenants WHERE tenant_id = $1',
    values: [tenantId],
  });
  return rows[0] ?? null;
}

/** Sets up an organisation; null when the slug is taken. */
export async function addTenant(
  client: Pick<pg.PoolClient, 'query'>,
  { slug, name }: Pick<TenantInput, 'slug' | 'name'>,
): Promise<Tenant | null> {
  // One at a time: ids are counted on from the highest, small and without gaps, as they are part of every key.
  await lockTransaction(client, LOCKS.tenants);
  const { rows } = await client.query<Tenant>(
    `INSERT INTO tenants (tenant_id, slug, name) SELECT max(tenant_id) + 1, $1, $2 FROM tenants
     ON CONFLICT (slug) DO NOTHING RETURNING ${TENANT}`,
    [slug, name],
  );
  return rows[0] ?? null;
}
