import type { ClickHouseClient } from '@clickhouse/client';
import pLimit from 'p-limit';
import type pg from 'pg';
import type { Background, Loop } from '../lib/background.js';
import { LOCKS, underLock } from '../lib/locks.js';
import type { TenantFetch } from '../lib/tenant-fetch.js';
import { keepDelivering } from './deliver-webhooks.js';
import { raiseAlerts } from './raise-alerts.js';

const LOOK_MS = 60_000;
/** Tenants whose alerts are raised at once: one with thousands of campaigns to tell of takes its time, and the next one's come meanwhile. */
const TENANTS_AT_ONCE_MAX = 4;

export interface AlertParts {
  pool: pg.Pool;
  client: ClickHouseClient;
  tenantFetch: TenantFetch;
  now: () => number;
}

/** Every minute, raises the alerts that each tenant's last hour calls for, and sends those that wait. The door of this folder. */
export function keepAlerting(parts: AlertParts, background: Background): Loop {
  const raising = background.every(
    { name: 'alerts', failure: 'alerts could not be raised; it is tried again in a minute' },
    { everyMs: LOOK_MS },
    (signal) => raiseForAll(parts, background, signal),
  );
  const delivering = keepDelivering(parts, background);
  return {
    async stop() {
      await Promise.all([raising.stop(), delivering.stop()]);
    },
  };
}

/** One turn for all tenants. One whose clicks cannot be counted, or take long, keeps no other from its alerts. */
export async function raiseForAll(
  parts: AlertParts,
  background: Background,
  signal: AbortSignal,
): Promise<void> {
  await underLock(parts.pool, LOCKS.alerts, async () => {
    const { rows } = await parts.pool.query<{ tenant_id: number }>(
      'SELECT tenant_id FROM tenants WHERE test_of IS NULL ORDER BY tenant_id',
    );
    await pLimit(TENANTS_AT_ONCE_MAX).map(rows, async ({ tenant_id: tenantId }) => {
      if (signal.aborted) return;
      await background.run(
        {
          name: 'alerts of a tenant',
          failure: 'alerts of a tenant could not be raised; it is tried again in a minute',
          about: { tenantId },
        },
        () => raiseAlerts(parts, tenantId, parts.now()),
      );
    });
  });
}
