import { LIMITS, LOOK_BACK_NAMES } from '@clickledger/contract';
import { lastClickMinutes } from '../analytics/queries/counts.js';
import type { Background, Loop } from '../lib/background.js';
import { LOCKS, underLock } from '../lib/locks.js';
import { readRules } from './fraud-rules.js';
import { countOnce, type LookBackParts, runLookBack } from './look-back/run.js';

const INTERVAL_MS = 60_000;
const MINUTE_MS = 60_000;

/**
 * Every minute, for every tenant that was clicked on: runs the rules that look back.
 */
export function keepJudgingEveryMinute(parts: LookBackParts, background: Background): Loop {
  // Anywhere: one that began at the first share with each start would look at the last ones less often.
  let turn = Math.floor(Math.random() * 1_000);
  return background.every(
    { name: 'look-back rules', failure: 'the rules that look back failed; they run again in a minute' },
    { everyMs: INTERVAL_MS },
    async (signal) => {
      if (await sweep(parts, turn, background, signal)) turn++;
    },
  );
}

/** One turn for all tenants; false: another node is at it. */
export async function sweep(
  parts: LookBackParts,
  turn: number,
  background: Background,
  signal: AbortSignal,
): Promise<boolean> {
  const done = await underLock(parts.pool, LOCKS.lookBack, async () => {
    const nowMs = parts.now();
    const lastClicks = await lastClickMinutes(parts.client, nowMs - LIMITS.lookBackMinutesMax * MINUTE_MS);
    for (const [tenantId, lastMs] of lastClicks) {
      if (signal.aborted) return true;
      await background.run(
        {
          name: 'look-back rules of one account',
          failure: 'an account was not judged; it is again in a minute',
          about: { tenantId },
        },
        () => sweepTenant(parts, { tenantId, idleMs: nowMs - lastMs, turn }, background, signal),
      );
    }
    return true;
  });
  return done === true;
}

/** @param tenant.idleMs since the start of the minute of its last click: whoever looks back no further has nothing to look at */
async function sweepTenant(
  parts: LookBackParts,
  { tenantId, idleMs, turn }: { tenantId: number; idleMs: number; turn: number },
  background: Background,
  signal: AbortSignal,
): Promise<void> {
  const rules = await readRules(parts.pool, tenantId);
  const target = {
    tenantId,
    range: { toMs: parts.now() },
    turn,
    ranBy: 'every minute',
    countIn: countOnce(parts.client),
  };
  for (const rule of LOOK_BACK_NAMES) {
    if (signal.aborted) return;
    if (idleMs - MINUTE_MS >= rules.settings[rule].window_minutes * MINUTE_MS) continue;
    // One that asks too much, by a window too long for what comes in, must not take the others with it.
    await background.run(
      {
        name: `look-back rule ${rule}`,
        failure: 'a rule that looks back failed; it runs again',
        about: { tenantId },
      },
      () => runLookBack(parts, rules, target, [rule]),
    );
  }
}
