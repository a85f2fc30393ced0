import { deliverAlerts } from '../alerts/deliver.js';
import { raiseAlerts } from '../alerts/raise.js';
import { sleep } from '../backoff.js';
import { readRules } from '../ledger/fraud-rules.js';
import { type Log, messageOf } from '../log.js';
import { type LookBackParts, runLookBack } from './look-back/run.js';

/** One node at a time sweeps; the lock goes with its session. */
const LOCK = 727_007;
const INTERVAL_MS = 60_000;

/**
 * Every minute, for every tenant, until the signal is aborted: runs the rules that look back, raises alerts by what is flagged
 * then, and sends those that wait.
 */
export async function keepJudgingEveryMinute(
  parts: LookBackParts,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(INTERVAL_MS, signal);
    if (signal.aborted) return;
    try {
      await sweep(parts, signal);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the rules that look back failed; they run again in a minute');
    }
  }
}

async function sweep(parts: LookBackParts, signal: AbortSignal): Promise<void> {
  const session = await parts.pool.connect();
  let broken = true;
  try {
    const { rows } = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
      LOCK,
    ]);
    if (rows[0]?.held) {
      const tenants = await session.query<{ tenant_id: number }>(
        'SELECT tenant_id FROM tenants ORDER BY tenant_id',
      );
      for (const { tenant_id: tenantId } of tenants.rows) {
        if (signal.aborted) break;
        const rules = await readRules(parts.pool, tenantId);
        await runLookBack(parts, rules, { tenantId, range: null, ranBy: 'every minute' });
        await raiseAlerts(parts, tenantId, parts.now());
      }
      await deliverAlerts(parts.pool, parts.now);
      await session.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    }
    broken = false;
  } finally {
    // A session that failed may still hold the lock: it ends.
    session.release(broken);
  }
}
