import { resolve } from 'node:path';
import { readConfig } from '../../config.js';
import { messageOf } from '../../lib/log.js';
import { BackupError, readManifest } from '../backup/manifest.js';
import { rebuildAnalytics } from '../backup/rebuild-analytics.js';
import { restore } from '../backup/restore.js';
import { startProgress } from './progress.js';

const USAGE = `Usage: DATA_DIR=NEW_FOLDER npm run restore -- FOLDER

  Puts the backup in FOLDER into DATA_DIR, which must hold no system yet, and rebuilds analytics from the ledger if the
  backup has none. Then start it: DATA_DIR=NEW_FOLDER npm start
`;

async function main(): Promise<void> {
  const [, , , folder] = process.argv;
  if (!folder || folder === '--help') return console.log(USAGE);
  const from = resolve(folder);
  const config = readConfig(process.env);
  const startedAt = performance.now();
  const total = readManifest(from).files.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = startProgress({ title: 'Restoring', total });
  let copiedBytes = 0;
  const manifest = await restore({
    from,
    dataDir: config.dataDir,
    onFile: ({ bytes }) => {
      copiedBytes += bytes;
      progress.update(copiedBytes, 'files');
    },
  });
  if (!manifest.hasAnalytics)
    await rebuildAnalytics(config, ({ clicksDone, clicksTotal }) => {
      progress.update(clicksDone, `${clicksDone.toLocaleString('en')} clicks to analytics`, clicksTotal);
    });
  progress.stop();
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `\n  Restored what was backed up on ${manifest.takenAt}, in ${seconds.toFixed(1)} s. Start it: npm start\n`,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof BackupError ? `\n  ${messageOf(error)}\n` : error);
  process.exit(1);
});
