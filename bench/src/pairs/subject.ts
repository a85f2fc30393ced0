import { removeFolder, temporaryFolder } from '../folders.js';
import { startClickLedger } from '../systems/clickledger.js';
import { type Build, serverDistOf } from './builds.js';
import type { Role } from './figures.js';
import type { PairOptions, Subject } from './stage.js';
import { fillStore } from './stages/demo.js';

/** A build, with its filled store. */
export function subjectOf(name: Role, { root, commit }: Build, options: PairOptions): Subject {
  const serverDist = serverDistOf(root);
  let filledDir: string | null = null;
  const subject: Subject = {
    name: `${name} (${commit})`,
    serverDist,
    start: (dataDir) =>
      startClickLedger({
        redis: false,
        name,
        serverDist,
        env: { LOG_LEVEL: 'error' },
        ...(dataDir === undefined ? {} : { dataDir }),
      }),
    async filled() {
      if (filledDir === null) {
        const dataDir = temporaryFolder('bench-filled');
        await fillStore(subject, dataDir, options.clicks);
        filledDir = dataDir;
      }
      return filledDir;
    },
    keepFilled(dataDir) {
      if (filledDir !== null) removeFolder(filledDir);
      filledDir = dataDir;
    },
  };
  return subject;
}
