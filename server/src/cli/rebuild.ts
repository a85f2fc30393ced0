import type { RebuildReply } from '@clickledger/contract';
import { SingleBar } from 'cli-progress';
import { sleep } from '../backoff.js';
import { ConfigError, readConfig } from '../config.js';
import { findServer, readSecrets } from '../embedded/data-dir.js';
import { messageOf } from '../log.js';
import { call, showKey } from './api-call.js';

const USAGE = `Usage: npm run rebuild

  Makes analytics anew from the ledger, through the server that runs on DATA_DIR.
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
  const bar = new SingleBar({
    format: '  {bar} {percentage} % | {value} of {total} clicks | {speed} clicks/s',
  });
  let progress = await call<RebuildReply>(route, {});
  bar.start(progress.clicks_total, 0, { speed: '–' });
  while (progress.state === 'loading' || progress.state === 'finishing') {
    await sleep(LOOK_MS);
    progress = await call<RebuildReply>(route);
    bar.setTotal(progress.clicks_total);
    bar.update(progress.clicks_done, { speed: speedOf(progress) });
  }
  bar.stop();
  if (progress.state === 'failed') throw new Error(`Analytics is as it was: ${progress.error}`);
  console.log(
    `\n  Analytics was made anew: ${progress.clicks_done.toLocaleString('en')} clicks in ${progress.seconds} s, ${speedOf(progress)} clicks/s.\n`,
  );
}

const speedOf = ({ clicks_done: clicks, seconds }: RebuildReply) =>
  seconds > 0 ? Math.round(clicks / seconds).toLocaleString('en') : '–';

main().catch((error: unknown) => {
  console.error(`\n  ${messageOf(error)}\n`);
  process.exit(1);
});
