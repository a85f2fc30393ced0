import { LOOK_BACK_NAMES } from '@clickledger/contract';
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
  // Anywhere: one that began at the first share with each start would look at the last ones less often.
  let turn = Math.floor(Math.random() * 1_000);
  while (!signal.aborted) {
    await sleep(INTERVAL_MS, signal);
    if (signal.aborted) return;
    try {
      if (await sweep(parts, turn, log, signal)) turn++;
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the rules that look back failed; they run again in a minute');
    }
  }
}

/** One turn for all tenants; false: another node is at it. */
export async function sweep(
  parts: LookBackParts,
  turn: number,
  log: Log,
  signal: AbortSignal,
): Promise<boolean> {
  const session = await parts.pool.connect();
  let broken = true;
  try {
    const { rows } = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
      LOCK,
    ]);
    const isMine = rows[0]?.held === true;
    if (isMine) {
      const tenants = await session.query<{ tenant_id: number }>(
        'SELECT tenant_id FROM tenants ORDER BY tenant_id',
      );
      for (const { tenant_id: tenantId } of tenants.rows) {
        if (signal.aborted) break;
        const rules = await readRules(parts.pool, tenantId);
        const target = { tenantId, range: null, turn, ranBy: 'every minute' };
        for (const rule of LOOK_BACK_NAMES)
          try {
            await runLookBack(parts, rules, target, [rule]);
          } catch (error) {
            // One that asks too much, by a window too long for what comes in, must not take the others and the alerts with it.
            log.warn(
              { rule, tenantId, error: messageOf(error) },
              'a rule that looks back failed; it runs again',
            );
          }
        await raiseAlerts(parts, tenantId, parts.now());
      }
      await deliverAlerts(parts.pool, parts.now);
      await session.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    }
    broken = false;
    return isMine;
  } finally {
    // A session that failed may still hold the lock: it ends.
    session.release(broken);
  }
}
