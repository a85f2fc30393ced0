import { LIMITS, LOOK_BACK_NAMES } from '@clickledger/contract';
import { lastClickMinutes } from '../analytics/queries/counts.js';
import { Rollups } from '../analytics/queries/rollups.js';
import { readMarks } from '../ledger/folds.js';
import type { Background, Loop } from '../lib/background.js';
import { LOCKS, underLock } from '../lib/locks.js';
import { readRules } from './fraud-rules.js';
import { canSlice } from './look-back/find.js';
import { CLICKS_PER_TURN, countOnce, type LookBackParts, runLookBack } from './look-back/run.js';
import { turnsForAll } from './look-back/slices.js';
import { Unsettled } from './look-back/unsettled.js';

const INTERVAL_MS = 60_000;
const MINUTE_MS = 60_000;

/**
 * Every minute, for every tenant that was clicked on or has changed its rules since: runs the rules that look back.
 */
export function keepJudgingEveryMinute(parts: LookBackParts, background: Background): Loop {
  // Anywhere: one that began at the first share with each start would look at the last ones less often.
  let turn = Math.floor(Math.random() * 1_000);
  const unsettled = new Unsettled();
  return background.every(
    { name: 'look-back rules', failure: 'the rules that look back failed; they run again in a minute' },
    { everyMs: INTERVAL_MS },
    async (signal) => {
      if (await sweep(parts, turn, background, signal, unsettled)) turn++;
    },
  );
}

/**
 * One turn for all tenants; false: another node is at it.
 *
 * @param unsettled what the turns before have left; all unless given
 */
export async function sweep(
  parts: LookBackParts,
  turn: number,
  background: Background,
  signal: AbortSignal,
  unsettled = new Unsettled(),
): Promise<boolean> {
  const done = await underLock(parts.pool, LOCKS.lookBack, async () => {
    await unsettled.note(parts, turn);
    if (!unsettled.hasAny(turn)) return true;
    const nowMs = parts.now();
    const lastClicks = await lastClickMinutes(
      parts.client,
      nowMs - LIMITS.lookBackMinutesMax * MINUTE_MS,
      Rollups.from(() => readMarks(parts.pool)),
    );
    for (const [tenantId, lastMs] of lastClicks) {
      if (signal.aborted) return true;
      // One that came in the running minute may be of a moment that is not looked at yet.
      if (lastMs + MINUTE_MS > nowMs) unsettled.changed(tenantId, turn + 1);
      if (!LOOK_BACK_NAMES.some((rule) => unsettled.has(tenantId, rule, turn))) continue;
      const isDone = await background.run(
        {
          name: 'look-back rules of one account',
          failure: 'an account was not judged; it is again in a minute',
          about: { tenantId },
        },
        () => sweepTenant(parts, { tenantId, idleMs: nowMs - lastMs, turn }, unsettled, background, signal),
      );
      if (!isDone) unsettled.changed(tenantId, turn + 1);
    }
    return true;
  });
  return done === true;
}

/** @param tenant.idleMs since the start of the minute of its last click: whoever looks back no further has nothing to look at */
async function sweepTenant(
  parts: LookBackParts,
  { tenantId, idleMs, turn }: { tenantId: number; idleMs: number; turn: number },
  unsettled: Unsettled,
  background: Background,
  signal: AbortSignal,
): Promise<void> {
  const rules = await readRules(parts.pool, tenantId);
  const toMs = parts.now();
  const countIn = countOnce(parts);
  const target = { tenantId, range: { toMs }, turn, ranBy: 'every minute', countIn };
  for (const rule of LOOK_BACK_NAMES) {
    if (signal.aborted) return;
    const { state, window_minutes: windowMinutes } = rules.settings[rule];
    const windowMs = windowMinutes * MINUTE_MS;
    if (state === 'off' || idleMs - MINUTE_MS >= windowMs || !unsettled.has(tenantId, rule, turn)) continue;
    let isLeft = false;
    // One that asks too much, by a window too long for what comes in, must not take the others with it.
    const isDone = await background.run(
      {
        name: `look-back rule ${rule}`,
        failure: 'a rule that looks back failed; it runs again',
        about: { tenantId },
      },
      async () => {
        const runs = await runLookBack(parts, rules, target, [rule]);
        isLeft = runs.some(({ adjusted }) => adjusted >= (parts.clicksPerTurn ?? CLICKS_PER_TURN));
        const clicks = await countIn({ tenantId, fromMs: toMs - windowMs, toMs });
        const { sliceClicks } = parts;
        unsettled.takes(
          tenantId,
          rule,
          turnsForAll(clicks, { windowMinutes, canSlice: canSlice(rule), sliceClicks }),
        );
      },
    );
    if (!isDone || isLeft) unsettled.changed(tenantId, turn + 1);
  }
}
