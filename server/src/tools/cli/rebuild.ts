import type { RebuildReply } from '@clickledger/contract';
import { ConfigError, readConfig } from '../../config.js';
import { findServer, readSecrets } from '../../embedded/data-dir.js';
import { sleep } from '../../lib/backoff.js';
import { messageOf } from '../../lib/log.js';
import { call, showKey } from './api-call.js';
import { startProgress } from './progress.js';

const USAGE = `Usage: npm run rebuild

  Rebuilds analytics from the ledger, through the server that runs on DATA_DIR.
  Clicks come in and queries go on meanwhile. Ctrl-C leaves the server at it.
`;
const LOOK_MS = 300;

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return console.log(USAGE);
  const config = readConfig(process.env);
  const url = findServer(config.dataDir);
  if (!url) throw new ConfigError('No server runs on this DATA_DIR. Start it: npm start');
  showKey(config.apiKey ?? readSecrets(config.dataDir).operatorToken);
  const route = `${url}/api/v1/admin/rebuild`;
  let progress = await call<RebuildReply>(route, {});
  const shown = startProgress({ title: 'Analytics', total: progress.clicks_total });
  while (progress.state === 'loading' || progress.state === 'finishing') {
    await sleep(LOOK_MS);
    progress = await call<RebuildReply>(route);
    const { clicks_done: done, clicks_total: total } = progress;
    shown.update(done, `${done} of ${total} clicks, ${speedOf(progress)} clicks/s`, total);
  }
  shown.stop();
  if (progress.state === 'failed') throw new Error(`Analytics is as it was: ${progress.error}`);
  console.log(
    `\n  Analytics is rebuilt: ${progress.clicks_done.toLocaleString('en')} clicks in ${progress.seconds} s, ${speedOf(progress)} clicks/s.\n`,
  );
}

const speedOf = ({ clicks_done: clicks, seconds }: RebuildReply) =>
  seconds > 0 ? Math.round(clicks / seconds).toLocaleString('en') : '–';

main().catch((error: unknown) => {
  console.error(`\n  ${messageOf(error)}\n`);
  process.exit(1);
});
