import { resolve } from 'node:path';
import { readConfig } from '../../config.js';
import { messageOf } from '../../lib/log.js';
import { VERSION } from '../../system/base.js';
import { backUp } from '../backup/backup.js';
import { BackupError } from '../backup/manifest.js';

const USAGE = `Usage: npm run backup -- FOLDER

  Copies the embedded stores of DATA_DIR to FOLDER, which is made. The system may run meanwhile: the ledger is
  copied, and a restore rebuilds analytics from it. Of a stopped system both are copied.
  FOLDER holds clicks and secrets: keep it as safe as DATA_DIR.
`;

async function main(): Promise<void> {
  const [, , , folder] = process.argv;
  if (!folder || folder === '--help') return console.log(USAGE);
  const startedAt = performance.now();
  let bytes = 0;
  const manifest = await backUp({
    dataDir: readConfig(process.env).dataDir,
    to: resolve(folder),
    version: VERSION,
    onFile: (file) => {
      bytes += file.bytes;
    },
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `\n  ${manifest.files.length} files, ${(bytes / 1e6).toFixed(0)} MB, in ${seconds.toFixed(1)} s: ${
      manifest.hasAnalytics ? 'ledger and analytics' : 'the ledger; a restore rebuilds analytics from it'
    }.\n  Restore it with: DATA_DIR=NEW_FOLDER npm run restore -- ${folder}\n`,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof BackupError ? `\n  ${messageOf(error)}\n` : error);
  process.exit(1);
});
