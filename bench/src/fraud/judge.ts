import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_RULE_SETTINGS, LIMITS, LOOK_BACK_NAMES, type RuleSettings } from '@clickledger/contract';
import type { Click } from '@clickledger/server/click/click.js';
import { readConfig } from '@clickledger/server/config.js';
import type { PrepareContext } from '@clickledger/server/ingest/prepare.js';
import { readBacklog } from '@clickledger/server/ledger/chunks.js';
import { silentLog } from '@clickledger/server/lib/log.js';
import { changeRules, readRules } from '@clickledger/server/review/fraud-rules.js';
import { runLookBack } from '@clickledger/server/review/look-back/run.js';
import { type System, startSystem } from '@clickledger/server/system/system.js';
import type { Judged } from './score.js';
import type { Family, LabelledClick } from './traffic.js';

const TENANT = 1;
const DAY_MS = 86_400_000;

/**
 * Sends labelled clicks through the whole system, as an import would: guard, rules, ledger, analytics, the rules that look back
 * and their adjustments; and reads the last verdict on each.
 */
export async function judgeTraffic(
  clicks: readonly LabelledClick[],
  changed: Partial<RuleSettings> = {},
): Promise<Judged[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-bench-fraud-'));
  const system = await startSystem(readConfig({ DATA_DIR: dataDir }), silentLog);
  try {
    await changeRules(system.pool, TENANT, {
      changed: { ...DEFAULT_RULE_SETTINGS, ...changed },
      note: '',
      changedBy: 'bench',
    });
    await system.services.rulesInForce?.refresh(TENANT);
    const startedAt = performance.now();
    const took = (what: string) =>
      console.log(`  ${what} after ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
    const families = await sendAll(system, clicks);
    took('sent');
    await caughtUp(system);
    took('in analytics');
    await lookBack(system, clicks);
    took('looked back');
    await caughtUp(system);
    return await verdicts(system, families);
  } finally {
    await system.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function sendAll(system: System, clicks: readonly LabelledClick[]): Promise<Map<string, Family>> {
  const { ingest } = system.services;
  if (!ingest) throw new Error('no ingestion');
  const families = new Map<string, Family>();
  for (let i = 0; i < clicks.length; i += LIMITS.batchClicksMax) {
    const prepared = clicks.slice(i, i + LIMITS.batchClicksMax).map(({ input, address, family }): Click => {
      const context: PrepareContext = {
        tenantId: TENANT,
        nowMs: Date.now(),
        address,
        userAgentHeader: null,
        derivedClickId: randomUUID(),
        isImport: true,
      };
      const click = ingest.prepare(input, context);
      if ('fieldErrors' in click) throw new Error(JSON.stringify(click.fieldErrors));
      families.set(click.clickId, family);
      return { ...click, mayRepeat: false };
    });
    await ingest.ingest.submit({ tenantId: TENANT, idempotency: null, clicks: prepared });
  }
  return families;
}

async function caughtUp({ pool }: System): Promise<void> {
  while ((await readBacklog(pool)).rows > 0) await sleep(200);
}

/** As they would have run while the clicks came in: by their own windows, one after the other over the whole time. */
async function lookBack(system: System, clicks: readonly LabelledClick[]): Promise<void> {
  const { longReads: client, pool } = system;
  if (!client) throw new Error('no analytics');
  const rules = await readRules(pool, TENANT);
  const times = clicks.map(({ input }) => Date.parse(input.timestamp));
  const fromMs = times.reduce((min, time) => Math.min(min, time), Number.POSITIVE_INFINITY);
  const toMs = times.reduce((max, time) => Math.max(max, time), 0);
  for (const rule of LOOK_BACK_NAMES) {
    // A whole window: coarser than the minute of a live system, so that it finds a little less.
    const stepMs = rules.settings[rule].window_minutes * 60_000;
    for (let until = fromMs + stepMs; until < toMs + stepMs; until += stepMs) {
      const target = { tenantId: TENANT, range: { toMs: until }, ranBy: 'bench' };
      await runLookBack({ pool, client, now: Date.now }, rules, target, [rule]);
    }
  }
  if (toMs - fromMs > 31 * DAY_MS) throw new RangeError('more than a month of clicks');
}

async function verdicts({ pool }: System, families: ReadonlyMap<string, Family>): Promise<Judged[]> {
  const { rows } = await pool.query<{
    click_id: string;
    flagged: boolean;
    reason: string | null;
    reasons: string;
  }>(
    `SELECT e.click_id, coalesce(a.is_fraudulent, e.is_fraudulent) AS flagged,
       CASE WHEN a.revision IS NULL THEN e.fraud_reason ELSE a.reason END AS reason,
       coalesce(a.reasons, e.fraud_reasons) AS reasons
     FROM click_events e
     LEFT JOIN LATERAL (
       SELECT * FROM adjustments a WHERE a.tenant_id = e.tenant_id AND a.click_id = e.click_id ORDER BY revision DESC LIMIT 1
     ) a ON true`,
  );
  if (rows.length !== families.size)
    throw new Error(`${families.size} clicks sent, ${rows.length} in the ledger`);
  return rows.map((row) => ({
    family: families.get(row.click_id) as Family,
    isFlagged: row.flagged,
    decidedBy: row.reason,
    rules: row.reasons === '' ? [] : row.reasons.split(','),
  }));
}
