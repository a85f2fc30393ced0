import type { ClickHouseClient } from '@clickhouse/client';
import { startOfDay } from '@clickledger/contract';
import type pg from 'pg';
import { costByCampaign } from '../analytics/queries/counts.js';
import { Rollups } from '../analytics/queries/rollups.js';
import { readMarks } from '../ledger/folds.js';
import type { Background } from '../lib/background.js';

/** Time between two looks: a budget is overspent by what comes meanwhile, and on its way to analytics. */
const EVERY_MS = 5_000;
const TASK = {
  name: 'spent budgets',
  failure: 'links do not know which daily budgets are spent; the last ones hold',
};

interface Budget {
  tenant_id: number;
  billing_zone: string;
  campaign_id: string;
  /** Text: more than a number holds exactly. */
  daily_budget_micros: string;
}

/** Campaigns with a daily budget, some link of which sends people elsewhere once it is spent. Nobody else has to be asked about. */
const BUDGETS = `SELECT c.tenant_id, t.billing_zone, c.campaign_id, c.daily_budget_micros::text
FROM campaigns c JOIN tenants t ON t.tenant_id = c.tenant_id
WHERE c.daily_budget_micros IS NOT NULL AND EXISTS (
  SELECT FROM ads a JOIN links l ON l.tenant_id = a.tenant_id AND l.ad_id = a.ad_id
  WHERE a.tenant_id = c.tenant_id AND a.campaign_id = c.campaign_id AND l.status = 'active' AND l.fallback_url IS NOT NULL)
ORDER BY c.tenant_id`;

/** Keeps the ledger told which campaigns have spent their budget of the day, in the account's billing zone. */
export function keepSpentBudgets(
  parts: { pool: pg.Pool; client: ClickHouseClient; now: () => number },
  background: Background,
): void {
  const { pool, client, now } = parts;
  const rollups = Rollups.from(() => readMarks(pool));
  background.every(TASK, { everyMs: EVERY_MS }, async () => {
    const { rows } = await pool.query<Budget>(BUDGETS);
    const spent = { tenantIds: [] as number[], campaignIds: [] as string[], until: [] as Date[] };
    for (const [tenantId, budgets] of byTenant(rows)) {
      const zone = budgets[0]?.billing_zone ?? 'UTC';
      const nowMs = now();
      const toMs = startOfDay(nowMs, zone, 1);
      const range = { tenantId, fromMs: startOfDay(nowMs, zone), toMs };
      const ids = budgets.map(({ campaign_id }) => campaign_id);
      const costs = await costByCampaign(client, range, ids, rollups);
      for (const { campaign_id, daily_budget_micros } of budgets)
        if ((costs.get(campaign_id) ?? 0n) >= BigInt(daily_budget_micros)) {
          spent.tenantIds.push(tenantId);
          spent.campaignIds.push(campaign_id);
          spent.until.push(new Date(toMs));
        }
    }
    await note(pool, spent);
  });
}

/** The ones that are spent, and no others. A turn that changes nothing writes nothing. */
async function note(
  pool: pg.Pool,
  { tenantIds, campaignIds, until }: { tenantIds: number[]; campaignIds: string[]; until: Date[] },
): Promise<void> {
  await pool.query(
    `WITH spent AS (SELECT * FROM unnest($1::integer[], $2::text[], $3::timestamptz[]) AS s (tenant_id, campaign_id, until)), over AS (
       DELETE FROM spent_budgets b WHERE NOT EXISTS (
         SELECT FROM spent s WHERE s.tenant_id = b.tenant_id AND s.campaign_id = b.campaign_id)
     )
     INSERT INTO spent_budgets AS b SELECT * FROM spent
     ON CONFLICT (tenant_id, campaign_id) DO UPDATE SET until = EXCLUDED.until WHERE b.until <> EXCLUDED.until`,
    [tenantIds, campaignIds, until],
  );
}

function byTenant(budgets: readonly Budget[]): Map<number, Budget[]> {
  const groups = new Map<number, Budget[]>();
  for (const budget of budgets) {
    const group = groups.get(budget.tenant_id);
    if (group) group.push(budget);
    else groups.set(budget.tenant_id, [budget]);
  }
  return groups;
}
