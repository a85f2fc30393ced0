import { LIMITS } from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { inTransaction } from '../lib/transaction.js';

/** Days after which what names a person is taken off deleted test clicks: the shortest that there is. */
const PERSONAL_DATA_DAYS = 1;

/** The tenant that holds an organization's test data now, by the tenant whose it is. */
export async function readTestTenants(pool: pg.Pool): Promise<Map<number, number>> {
  const { rows } = await pool.query<{ test_of: number; tenant_id: number }>(
    'SELECT test_of, tenant_id FROM tenants WHERE test_of IS NOT NULL AND test_ended_at IS NULL',
  );
  return new Map(rows.map((row) => [row.test_of, row.tenant_id]));
}

/** Makes the tenant for an organization's test data, unless there is one. */
export const startTestData = (pool: pg.Pool, tenantId: number): Promise<void> =>
  inTransaction(pool, (client) => addTestTenant(client, tenantId));

/**
 * Ends an organization's test data, if there is any: nothing reaches it any more, and an empty tenant takes its place.
 *
 * @returns false: it was done too often within an hour
 */
export function deleteTestData(pool: pg.Pool, tenantId: number, deletedBy: string): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    await lockTransaction(client, LOCKS.tenants);
    const { rows } = await client.query<{ deletions: number }>(
      `SELECT count(*)::integer AS deletions FROM tenants WHERE test_of = $1 AND test_ended_at > now() - interval '1 hour'`,
      [tenantId],
    );
    if ((rows[0]?.deletions ?? 0) >= LIMITS.testDataDeletionsPerHourMax) return false;
    const { rowCount } = await client.query(
      // The first click registers an advertiser.
      `UPDATE tenants t SET test_ended_at = now(), personal_data_days = $2
       WHERE test_of = $1 AND test_ended_at IS NULL AND EXISTS (SELECT FROM advertisers a WHERE a.tenant_id = t.tenant_id)`,
      [tenantId, PERSONAL_DATA_DAYS],
    );
    if (rowCount === 0) return true;
    // At once: test keys may be in use.
    await addTestTenant(client, tenantId);
    await recordAudit(client, {
      tenantId,
      actor: deletedBy,
      action: 'tenant.change',
      subject: 'test data',
      before: null,
      after: { test_data: 'deleted' },
    });
    return true;
  });
}

async function addTestTenant(client: pg.PoolClient, tenantId: number): Promise<void> {
  // The lock of `addTenant`, which counts the ids too. The slug is none that a person can give.
  await lockTransaction(client, LOCKS.tenants);
  const { rowCount } = await client.query(
    `INSERT INTO tenants (tenant_id, slug, name, test_of, currency, billing_zone, respect_privacy_signals, personal_data_days)
     SELECT new_id, slug || '/test/' || new_id, name, tenant_id, currency, billing_zone, respect_privacy_signals, personal_data_days
     FROM tenants, (SELECT max(tenant_id) + 1 AS new_id FROM tenants) AS ids
     WHERE tenant_id = $1 AND NOT EXISTS (SELECT FROM tenants WHERE test_of = $1 AND test_ended_at IS NULL)`,
    [tenantId],
  );
  // Not by the trigger of keys: test data configures no access.
  if (rowCount === 1) await client.query('UPDATE access_state SET revision = revision + 1');
}
