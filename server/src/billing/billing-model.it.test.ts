import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { monthAfter, monthAt } from './months.js';
import { Account, seen } from './testing/account.js';
import { makePastMonths, readFirstDay } from './testing/past-months.js';
import { creditOutlivesClick, life, type Step } from './testing/steps.js';

// Whatever happens in whatever order, every statement is what a plain model says, to the millionth. Bounded by the number of lives and
// never by time. A failure prints its seed and the shortest steps that were found: give `seed` and `path` to `fc.assert` to play them.

const LIVES = 60;
/** Lives in which analytics has to say the same of every open month, and retention drops what is old. Each waits for the relay. */
const LIVES_WITH_ANALYTICS = 6;
/** After a failure, so many lives are tried to find a shorter one. */
const SHRINKS_MAX = 150;
const MONTHS_BACK = 4;

let system: TestSystem;
let firstDay: string;
let tenants = 10;
beforeAll(async () => {
  // The system's own maintenance drops nothing; retention is a step of the lives.
  system = await startTestSystem({ RETENTION_DAYS: '3650' });
  firstDay = await readFirstDay(system.pool);
});
afterAll(async () => {
  process.stdout.write(`billing against the model: ${JSON.stringify(seen)}\n`);
  await system?.close();
});

async function live(steps: readonly Step[], withAnalytics: boolean): Promise<void> {
  seen.lives++;
  const tenantId = ++tenants;
  const month = monthAfter(monthAt(Date.now(), 'UTC'), -MONTHS_BACK);
  await makePastMonths(system.pool, month, firstDay);
  // Nothing of this account was dropped yet. The chunks of accounts before it stay known as dropped.
  await system.pool.query(`UPDATE retention_watermark SET kept_from = '1970-01-01Z'`);
  await system.pool.query(
    `INSERT INTO tenants (tenant_id, slug, name, created_at) VALUES ($1::integer, 'model-' || $1::integer, 'Model', '2020-01-01')`,
    [tenantId],
  );
  const account = new Account(system, tenantId, Date.parse(`${month}-03T00:00:00Z`), withAnalytics);
  for (const step of steps) await account.play(step);
  await account.end();
}

/** The given lives are the first of them. */
function holds(lives: number, withAnalytics: boolean, given: Step[][] = []): Promise<void> {
  let failures = 0;
  const property = fc.asyncProperty(life, async (steps) => {
    if (failures > 0 && failures++ > SHRINKS_MAX) return;
    try {
      await live(steps, withAnalytics);
    } catch (error) {
      failures++;
      throw error;
    }
  });
  return fc.assert(property, { numRuns: lives, examples: given.map((steps): [Step[]] => [steps]) });
}

// First: an account that stops after its first closing holds the clicks of all others back from retention.
it('analytics says of an open month what its statements will, and retention changes no statement', {
  timeout: 0,
}, async () => {
  await holds(LIVES_WITH_ANALYTICS, true, [creditOutlivesClick]);
  expect(seen.creditsOfDropped).toBeGreaterThan(0);
  const { rows } = await system.pool.query('SELECT differences_found FROM ledger_totals');
  expect(rows).toEqual([{ differences_found: 0 }]);
});

it('every statement is what the model says, to the millionth, and can be counted anew', { timeout: 0 }, () =>
  holds(LIVES, false),
);
