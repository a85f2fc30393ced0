import { randomUuid, seededRandom } from '@clickledger/traffic';
import { expect, test } from 'vitest';
import { type PlannedClick, planRun } from './plan.js';
import { ATTEMPTS_MAX, type Attempt, IN_FLIGHT_MAX, runPlan } from './run.js';

const makePlan = (clicks: number, duplicatePercent = 0) =>
  planRun(
    {
      seconds: 1,
      ratePerSecond: clicks,
      duplicatePercent,
      duplicateBy: 'click_id',
      fraudPercent: 0,
      campaign: '',
      country: '',
      device: '',
      addresses: 'one',
      bursts: [],
    },
    seededRandom(1),
    randomUuid,
    'bot',
  );

const reply = (click_id: string, is_duplicate = false): Attempt => ({
  kind: 'reply',
  reply: { success: true, click_id, is_duplicate, is_fraudulent: false },
});
const away: Attempt = { kind: 'retry', retryAfterMs: 0, message: 'away' };

/** Ports with a clock that only sleeping moves. */
function ports(send: (id: string) => Attempt | Promise<Attempt>) {
  let nowMs = 0;
  return {
    send: async ({ click }: PlannedClick) => send(click.click_id),
    now: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
    onProgress: () => {},
  };
}
const never = () => new AbortController().signal;

test('every request is counted once, resends as duplicates', async () => {
  const stored = new Set<string>();
  const send = (id: string) => {
    const repeat = stored.has(id);
    stored.add(id);
    return reply(id, repeat);
  };
  const end = await runPlan(makePlan(200, 25), ports(send), never());
  expect(end).toMatchObject({ sent: 200, accepted: 150, duplicates: 50, failed: 0 });
  expect(stored.size).toBe(150);
});

test('a click that was stored before its reply got lost is counted as accepted, not as a duplicate', async () => {
  const stored = new Set<string>();
  const send = (id: string) => {
    if (stored.has(id)) return reply(id, true);
    stored.add(id);
    return away;
  };
  const end = await runPlan(makePlan(10), ports(send), never());
  expect(end).toMatchObject({ accepted: 10, duplicates: 0, failed: 0 });
});

test('retries of a click end after a limit and are counted as failed', async () => {
  let attempts = 0;
  const send = () => {
    attempts++;
    return away;
  };
  const end = await runPlan(makePlan(1), ports(send), never());
  expect(attempts).toBe(ATTEMPTS_MAX);
  expect(end).toMatchObject({ sent: 1, failed: 1, accepted: 0 });
});

test('a slow server never has more requests under way than the limit', async () => {
  let underWay = 0;
  let most = 0;
  const send = async (id: string) => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 2));
    underWay--;
    return reply(id);
  };
  await runPlan(makePlan(100), ports(send), never());
  expect(most).toBe(IN_FLIGHT_MAX);
});

test('stopping sends nothing more and keeps the counts', async () => {
  const stopper = new AbortController();
  let sends = 0;
  const send = (id: string) => {
    if (++sends === 5) stopper.abort();
    return reply(id);
  };
  const end = await runPlan(makePlan(100), ports(send), stopper.signal);
  expect(end.sent).toBe(sends);
  expect(end.sent).toBeLessThan(100);
});
