import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { EventReader } from '../testing/events.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { Background, type Task } from './background.js';
import { silentLog } from './log.js';

/** A background whose loops turn all the time, and in which the first turn of everything throws. */
class Faulty extends Background {
  readonly turns = new Map<string, number>();

  override every(
    task: Task,
    _pace: unknown,
    turn: (signal: AbortSignal) => unknown,
  ): ReturnType<Background['every']> {
    return super.every(task, { everyMs: 20, firstMs: 0 }, turn);
  }

  override run(task: Task, work: () => unknown): Promise<boolean> {
    const turn = (this.turns.get(task.name) ?? 0) + 1;
    this.turns.set(task.name, turn);
    return super.run(task, () => {
      if (turn === 1) throw new Error(`injected into ${task.name}`);
      return work();
    });
  }
}

/** Everything in a server that runs in the background and is owned by `run` or `every`. */
const TASKS = [
  'alert deliveries',
  'alerts',
  'alerts of a tenant',
  'attribution',
  'click journal replay',
  'credentials of streams',
  'folding',
  'guard marks',
  'keys in force',
  'ledger maintenance',
  'links in force',
  'live feed',
  'look-back rules',
  'look-back rules of one account',
  'personal data retention',
  'privacy settings in force',
  'raw click retention',
  'reconciliation',
  'rules in force',
  'shared views',
  'spent budgets',
  'stream heartbeat',
];

const HOURLY = 'raw click retention';

let system: TestSystem;
let background: Faulty;
let url: string;
const error = vi.fn();

beforeAll(async () => {
  system = await startTestSystem(
    {},
    {
      log: { ...silentLog, error },
      makeBackground: (parts) => (background = new Faulty(parts)),
    },
  );
  url = await system.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => system.close());

const failures = async (task: string): Promise<number> => {
  const { body } = await system.app.inject({ url: '/metrics' });
  return Number(new RegExp(`background_failures_total\\{task="${task}"\\} (\\d+)`).exec(body)?.[1] ?? 0);
};
const logged = (task: string) => error.mock.calls.map(([fields]) => fields).filter((f) => f.task === task);
const accepted = async () => (await system.post('/api/v1/clicks', aClick())).statusCode;

it('an error in any background loop is logged with its stack and counted, and the loop goes on', async () => {
  const live = await EventReader.open(`${url}/api/v1/live`);
  const view = await EventReader.open(
    `${url}/api/v1/analytics/stream?q=${encodeURIComponent('range=last_1h&granularity=minute')}`,
  );
  expect(await accepted()).toBe(202);
  expect(await accepted()).toBe(202);
  await until(
    // Raw clicks are looked at once an hour: the relay, whose turn it has, goes on.
    () => TASKS.filter((task) => (background.turns.get(task) ?? 0) < (task === HOURLY ? 1 : 2)),
    (silent) => silent.length === 0,
  );
  for (const task of TASKS) {
    expect(await failures(task), task).toBeGreaterThanOrEqual(1);
    expect(logged(task)[0], task).toMatchObject({
      error: `injected into ${task}`,
      stack: expect.stringContaining('background'),
    });
  }
  // Nothing runs in the background that is not in the list; rules by name, once somebody looks back.
  const known = [...background.turns.keys()].filter((task) => !task.startsWith('look-back rule '));
  expect(known.sort()).toEqual(TASKS);
  await system.caughtUp();
  await until(
    () => live.events.length > 0 && view.events.some(({ name }) => name === 'result'),
    (isShown) => isShown,
  );
  live.close();
  view.close();
});

it('the relay and a rebuild go on after a table of theirs was away', async () => {
  await system.pool.query('ALTER TABLE chunks RENAME TO chunks_away');
  expect(await accepted()).toBe(202);
  await until(
    () => failures('relay'),
    (count) => count >= 2,
  );
  expect((await system.app.inject({ method: 'POST', url: '/api/v1/admin/rebuild' })).statusCode).toBe(202);
  await until(
    () => failures('rebuild'),
    (count) => count === 1,
  );
  await system.pool.query('ALTER TABLE chunks_away RENAME TO chunks');
  await system.caughtUp();
  expect(logged('relay')[0]).toMatchObject({ stack: expect.stringContaining('at ') });
  expect(logged('rebuild')[0]).toMatchObject({ stack: expect.stringContaining('at ') });
});

it('a batch that throws is answered 500, and the next is stored', async () => {
  const { rulesInForce } = system.services;
  if (!rulesInForce) throw new Error('this system ingests');
  vi.spyOn(rulesInForce, 'rulesOf').mockImplementationOnce(() => {
    throw new Error('injected into a batch');
  });
  expect(await accepted()).toBe(500);
  expect(await accepted()).toBe(202);
  expect(await failures('ingest batch')).toBe(1);
  expect(logged('ingest batch')[0]).toMatchObject({ error: 'injected into a batch' });
});
