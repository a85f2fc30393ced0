import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ConversionInput, SettingsReply, StatsReply } from '@clickledger/contract';
import { DEFAULT_TENANT_ID } from '../../accounts/caller.js';
import { ConfigError, readConfig } from '../../config.js';
import { findServer, readSecrets } from '../../embedded/data-dir.js';
import { openCountryLookup } from '../../enrich/country.js';
import { sleep } from '../../lib/backoff.js';
import { messageOf } from '../../lib/log.js';
import { SERVER_NODE_ARGS } from '../../lib/node-args.js';
import { makeClickPreparation } from '../../system/ingest.js';
import { type AddressIn, findAddresses } from '../demo/addresses.js';
import { type FillOptions, fill } from '../demo/fill.js';
import { DemoImpressions, IMPRESSION_AGE_MS_MAX, sendImpressions } from '../demo/impressions.js';
import { demoLandings, setUpLinks } from '../demo/links.js';
import { liveTraffic } from '../demo/live-traffic.js';
import { attackCount, type DemoClick, monthOfClicks } from '../demo/month.js';
import { DEMO_COUNTRIES } from '../demo/people.js';
import { planMonth } from '../demo/plan.js';
import { SALE_AGE_MS_MAX, salesOf } from '../demo/sales.js';
import { sendSales, setUpActions } from '../demo/send-sales.js';
import { setUpEntities } from '../demo/set-up.js';
import { RETRY_DEFAULTS } from '../import/retry.js';
import { call, catchUp, endImport, showKey, submitTo } from './api-call.js';
import { startProgress } from './progress.js';

const USAGE = `Usage: npm run demo [-- --clicks N] [--seed N] [--no-live] [--force]

  Fills an empty system with a made-up month, then sends live traffic until Ctrl-C. Starts the server if none runs on DATA_DIR.

  --clicks   how many (default 2000000, at least 1000)
  --seed     another number makes another month (default 1)
  --no-live  stop after the month
  --force    also into a system that has clicks
`;

const CLICKS_MIN = 1_000;
const CLICKS_MAX = 50_000_000;
const START_MS_MAX = 120_000;
const MINUTE_MS = 60_000;
/** What the audit log calls the month's clicks, and those that come after. */
const MONTH = 'demo';
const LIVE = 'demo, live traffic';

class UsageError extends Error {}

function readArguments() {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((word, i) => !(i === 0 && word === 'demo')),
    options: {
      clicks: { type: 'string', default: '2000000' },
      seed: { type: 'string', default: '1' },
      'no-live': { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const clickCount = Number(values.clicks);
  const seed = Number(values.seed);
  const wrong = !Number.isInteger(clickCount) || clickCount < CLICKS_MIN || clickCount > CLICKS_MAX;
  if (values.help || wrong || !Number.isInteger(seed)) throw new UsageError(USAGE);
  return { clickCount, seed, isLive: !values['no-live'], isForced: values.force };
}

async function main(): Promise<void> {
  const { clickCount, seed, isLive, isForced } = readArguments();
  const config = readConfig(process.env);
  const { url, stop } = await reachServer(config.dataDir);
  showKey(config.apiKey ?? readSecrets(config.dataDir).operatorToken);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
  try {
    const { ledger } = await call<StatsReply>(`${url}/api/v1/admin/stats`);
    if (ledger.clicks > 0 && !isForced)
      throw new UsageError(
        `${url} has ${ledger.clicks} clicks already. The demo fills an empty system; use another DATA_DIR, or --force.`,
      );
    const api: Api = (path, body, method) => call(`${url}/api/v1/${path}`, body, method);
    const { currency } = await api<SettingsReply>('admin/settings');
    const options: FillOptions = {
      tenantId: DEFAULT_TENANT_ID,
      prepare: await makeClickPreparation(config, readSecrets(config.dataDir).hashSecret),
      submit: submitTo(url, MONTH),
      retry: { ...RETRY_DEFAULTS, sleep: (ms) => sleep(ms) },
      nowMs: Date.now,
    };
    const addressIn = findAddresses(await openCountryLookup(), DEMO_COUNTRIES);
    const month = { clickCount, seed, addressIn, currency };
    const landingOf = await fillMonth(url, api, month, options, interrupted.signal);
    if (isLive && !interrupted.signal.aborted) {
      console.log(`\n  Live traffic until Ctrl-C. The dashboard: ${url}\n`);
      const onError = (error: unknown) => console.error(`  ${messageOf(error)}`);
      await liveTraffic(
        {
          ...options,
          landingOf,
          submit: submitTo(url, LIVE),
          sendSales: (sales) => sendSales(api, sales),
          ...{ seed, addressIn, currency, onError },
        },
        interrupted.signal,
      );
    }
  } finally {
    await stop();
  }
}

type Api = <T>(path: string, body?: unknown, method?: 'POST' | 'PUT') => Promise<T>;

/** Sets up what the month needs, sends its clicks and what came of them. Returns what a click brings of its link. */
async function fillMonth(
  url: string,
  api: Api,
  { currency, ...month }: { clickCount: number; seed: number; addressIn: AddressIn; currency: string },
  options: FillOptions,
  signal: AbortSignal,
): Promise<NonNullable<FillOptions['landingOf']>> {
  const { clickCount, seed } = month;
  const startedAt = performance.now();
  const endMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const plan = planMonth(clickCount - attackCount(clickCount), endMs, seed);
  await setUpEntities((path, body) => api(path, body, 'PUT'), plan);
  await setUpActions(api);
  const landingOf = demoLandings(await setUpLinks(api));
  const progress = startProgress({ title: 'The month', total: clickCount });
  const sales: ConversionInput[] = [];
  const span = { fromMs: endMs - SALE_AGE_MS_MAX, untilMs: endMs, currency };
  const impressions = new DemoImpressions(endMs - IMPRESSION_AGE_MS_MAX);
  const clicks = monthOfClicks(plan, { ...month, tenantId: options.tenantId });
  const sums = await fill(
    eachUntilAborted(clicks, signal, (click) => {
      sales.push(...salesOf(click, span));
      impressions.add(click);
    }),
    { ...options, landingOf, onProgress: (sent) => progress.update(sent, `${sent} of ${clickCount} clicks`) },
  );
  await endImport(url, { file: MONTH, tenantId: options.tenantId, ...sums });
  progress.stop();
  const sold = await sendSales(api, sales);
  await sendImpressions(api, `demo-${endMs}`, impressions.counts());
  const caughtUp = await catchUp(url);
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(
    `\n  ${sums.accepted} clicks of a month in ${seconds} s: ${sums.flagged} flagged, ${sums.duplicates} sent before. ${sold.accepted} conversions.` +
      (caughtUp ? '' : ' Analytics is still catching up.'),
  );
  return landingOf;
}

function* eachUntilAborted(
  clicks: Iterable<DemoClick>,
  signal: AbortSignal,
  look: (click: DemoClick) => void,
): Generator<DemoClick> {
  for (const click of clicks) {
    if (signal.aborted) return;
    look(click);
    yield click;
  }
}

/** The running server of this directory, or one started as `npm start` would, ended with the demo. */
async function reachServer(dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const running = findServer(dataDir);
  if (running) return { url: running, stop: async () => undefined };
  const main = fileURLToPath(new URL('../../main.js', import.meta.url));
  // A group of its own: Ctrl-C reaches the demo alone, which ends the server when its last batch is answered.
  const server = spawn(process.execPath, [...SERVER_NODE_ARGS, main], { stdio: 'inherit', detached: true });
  const stop = () => stopServer(server);
  const deadline = Date.now() + START_MS_MAX;
  for (;;) {
    const url = findServer(dataDir);
    if (url) return { url, stop };
    // The server has said why.
    if (server.exitCode !== null) throw new UsageError('The server did not start.');
    if (Date.now() > deadline) {
      await stop();
      throw new UsageError('The server did not start in time.');
    }
    await sleep(200);
  }
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const plain = error instanceof UsageError || error instanceof ConfigError;
    console.error(`\n  ${plain ? error.message : `The demo stopped: ${messageOf(error)}`}\n`);
    process.exit(1);
  },
);
