import { sleep } from '@clickledger/server/lib/backoff.js';
import { signalAll, withDescendants } from '../topology/processes.js';
import type { ServerNode } from '../topology/server-node.js';
import type { Fault } from './fault.js';

const PAUSE_MS_MIN = 300;
const PAUSE_MS_MAX = 6_000;
/** Steps of the wall clock, either way. Beyond a day back the ledger has no partition, and refuses every click. */
const CLOCK_STEPS_MS = [500, 5_000, 60_000, 6 * 60_000, 3 * 3_600_000];

/** What can befall one of our own processes: killed, stopped, restarted in order, its clock stepped. */
export function serverFaults(node: ServerNode): Fault[] {
  const about = { target: node.name, parts: [node.name] };
  return [
    {
      ...about,
      kind: 'kill (SIGKILL)',
      async run(chance) {
        const wait = chance.between(0, 500);
        node.signal('SIGKILL');
        await sleep(wait + 300);
        await node.ready();
      },
    },
    {
      ...about,
      kind: 'restart (SIGTERM)',
      async run() {
        node.signal('SIGTERM');
        await sleep(300);
        await node.ready();
      },
    },
    {
      ...about,
      kind: 'pause (SIGSTOP)',
      async run(chance) {
        const pauseMs = chance.between(PAUSE_MS_MIN, PAUSE_MS_MAX);
        node.signal('SIGSTOP');
        await sleep(pauseMs);
        node.signal('SIGCONT');
      },
    },
    {
      ...about,
      kind: 'clock step',
      async run(chance) {
        const ms = chance.pick(CLOCK_STEPS_MS) * chance.pick([1, -1]);
        const lastsMs = chance.between(500, 4_000);
        node.stepClock(ms);
        await sleep(lastsMs);
        node.stepClock(0);
      },
    },
  ];
}

/** What can befall a store's process, given by its main process. Whoever owns it starts it again. */
export function storeFaults(store: {
  name: string;
  pid: () => number | undefined;
  /** Resolves when it runs again. */
  back: () => Promise<void>;
}): Fault[] {
  const about = { target: store.name, parts: [store.name] };
  return [
    {
      ...about,
      kind: 'kill (SIGKILL)',
      async run() {
        signalAll([store.pid() ?? []].flat(), 'SIGKILL');
        await sleep(200);
        await store.back();
      },
    },
    {
      ...about,
      kind: 'pause (SIGSTOP)',
      async run(chance) {
        const pauseMs = chance.between(PAUSE_MS_MIN, PAUSE_MS_MAX);
        const pids = withDescendants(store.pid());
        signalAll(pids, 'SIGSTOP');
        await sleep(pauseMs);
        signalAll(pids, 'SIGCONT');
      },
    },
  ];
}
