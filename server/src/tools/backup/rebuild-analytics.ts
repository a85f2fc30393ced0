import type { Config } from '../../config.js';
import { countLedger } from '../../ledger/chunks.js';
import { sleep } from '../../lib/backoff.js';
import { silentLog } from '../../lib/log.js';
import type { RebuildProgress } from '../../relay/rebuild.js';
import { startSystem } from '../../system/system.js';
import { BackupError } from './manifest.js';

const LOOK_MS = 200;

/** Starts the stores of a restored folder and the relay alone, fills analytics from the ledger, and stops them again. */
export async function rebuildAnalytics(
  config: Config,
  onProgress: (progress: RebuildProgress) => void,
): Promise<void> {
  const system = await startSystem({ ...config, roles: new Set(['relay']) }, silentLog, Date.now, {
    rebuildFirst: true,
  });
  try {
    const { rebuild } = system.services;
    while (rebuild?.isRunning) {
      onProgress(rebuild.progress);
      await sleep(LOOK_MS);
    }
    if (rebuild?.lastError && (await countLedger(system.pool)).clicks > 0)
      throw new BackupError(
        `The ledger is restored; analytics could not be rebuilt: ${rebuild.lastError}. Start the system and run: npm run rebuild`,
      );
    if (rebuild) onProgress(rebuild.progress);
  } finally {
    await system.stop();
  }
}
