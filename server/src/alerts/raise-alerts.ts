import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { countByCampaign } from '../analytics/queries/counts.js';
import { Rollups } from '../analytics/queries/rollups.js';
import { readMarks } from '../ledger/folds.js';
import { raiseAlert, readAlertLimits, readLevels } from './alerts-table.js';
import { alertFor } from './threshold.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Looks at the last hour of each of a tenant's campaigns, by whole minutes, and raises the alerts that it calls for. */
export async function raiseAlerts(
  { pool, client }: { pool: pg.Pool; client: ClickHouseClient },
  tenantId: number,
  nowMs: number,
): Promise<number> {
  // The running minute included: it ends in the future.
  const toMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const fromMs = toMs - HOUR_MS;
  const limits = await readAlertLimits(pool, tenantId);
  const rollups = Rollups.from(() => readMarks(pool));
  const campaigns = await countByCampaign(client, { tenantId, fromMs, toMs }, limits.clicksMin, rollups);
  const ids = campaigns.map(({ campaignId }) => campaignId);
  const levels = await readLevels(pool, tenantId, ids);
  let raised = 0;
  for (const { campaignId, clicks, fraudCount } of campaigns) {
    const level = alertFor({ clicks, fraudCount }, levels.get(campaignId), limits);
    if (level === null) continue;
    await raiseAlert(pool, { tenantId, campaignId, level, clicks, fraudCount, fromMs, toMs: nowMs });
    raised++;
  }
  return raised;
}
