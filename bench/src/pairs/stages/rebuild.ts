import { setTimeout as sleep } from 'node:timers/promises';
import type { RebuildReply } from '@clickledger/contract';
import { otherCores, startSpending } from '../../processes.js';
import { ask, quiet } from '../server-state.js';
import { type PairStage, using } from '../stage.js';

const LOOK_EVERY_MS = 200;
const REBUILD_MS_MAX = 900_000;

/** Analytics rebuilt from the ledger: clicks a second. */
export const rebuild: PairStage = {
  isLong: true,
  async measure(subject) {
    const dataDir = await subject.filled();
    return using(subject.start(dataDir), async (system) => {
      await quiet(system);
      const startedAt = performance.now();
      const spentSince = startSpending(system.roots);
      let now = await ask<RebuildReply>(system.url, 'admin/rebuild', 'POST');
      while (now.state !== 'done') {
        if (now.state === 'failed') throw new Error(`the rebuild failed: ${now.error}`);
        if (performance.now() - startedAt > REBUILD_MS_MAX)
          throw new Error(`the rebuild was not done after ${REBUILD_MS_MAX / 1_000} s`);
        await sleep(LOOK_EVERY_MS);
        now = await ask<RebuildReply>(system.url, 'admin/rebuild');
      }
      const spent = spentSince();
      const figures = {
        'clicks/s': now.clicks_done / spent.seconds,
        seconds: spent.seconds,
        'cores of other programs': otherCores(spent),
      };
      return { figures: { rebuild: figures } };
    });
  },
};
