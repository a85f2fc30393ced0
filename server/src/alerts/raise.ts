import type { ClickHouseClient } from '@clickhouse/client';
import { AggregateQuery } from '@clickledger/contract';
import type pg from 'pg';
import { aggregate } from '../analytics/aggregate.js';
import { raiseAlert, readLevels } from '../ledger/alerts.js';
import { alertFor } from './level.js';

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
  const query = AggregateQuery.parse({
    start_time: new Date(fromMs).toISOString(),
    end_time: new Date(toMs).toISOString(),
    granularity: 'total',
    group_by: 'campaign_id',
  });
  const [{ data }, levels] = await Promise.all([
    aggregate(client, tenantId, query),
    readLevels(pool, tenantId),
  ]);
  let raised = 0;
  for (const { campaign_id: campaignId, clicks, fraud_count: fraudCount } of data) {
    if (campaignId === undefined) continue;
    const level = alertFor({ clicks, fraudCount }, levels.get(campaignId));
    if (level === null) continue;
    await raiseAlert(pool, { tenantId, campaignId, level, clicks, fraudCount, fromMs, toMs: nowMs });
    raised++;
  }
  return raised;
}
