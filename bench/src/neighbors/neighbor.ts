import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchFreshness } from '../freshness.js';
import { makeRequests } from '../load/clicks.js';
import { type LoadResult, quantile, runOpenLoop } from '../load/open-loop.js';
import { ask, type Tenant } from './tenants.js';

const RATE = 200;
const CONNECTIONS = 64;
const WARMUP_SECONDS = 2;
const QUESTION_EVERY_MS = 500;
const DAY_MS = 86_400_000;
const VIEW = 'range=last_24h&granularity=total&group_by=campaign_id&limit=10';

/** What the quiet tenant saw in one phase; times in milliseconds. */
export interface Seen {
  clickP50: number;
  clickP99: number;
  /** Clicks that were not answered with 2xx. */
  clicksFailed: number;
  questionP50: number;
  questionP99: number;
  questionsFailed: number;
  freshP50: number;
  freshP99: number;
  /** Longest time between two results on the stream. */
  streamGap: number;
}

/** Questions due every half second, whether the last ones were answered or not; the time counts from then. */
async function askQuestions(tenant: Tenant, signal: AbortSignal) {
  const took: number[] = [];
  let failed = 0;
  const pending: Promise<void>[] = [];
  const begin = performance.now();
  for (let i = 0; !signal.aborted; i++) {
    const due = begin + i * QUESTION_EVERY_MS;
    await sleep(Math.max(0, due - performance.now()));
    const end = Date.now();
    const range = { start_time: new Date(end - DAY_MS).toISOString(), end_time: new Date(end).toISOString() };
    for (const shape of [
      { granularity: 'total', group_by: 'campaign_id', limit: '10' },
      { granularity: 'hour', fill: 'true' },
    ])
      pending.push(
        ask(tenant, `/api/v1/analytics/aggregate?${new URLSearchParams({ ...range, ...shape })}`).then(
          async (reply) => {
            await reply.arrayBuffer();
            if (reply.ok) took.push(performance.now() - due);
            else failed++;
          },
          () => {
            failed++;
          },
        ),
      );
  }
  await Promise.all(pending);
  return { took: Float64Array.from(took).sort(), failed };
}

/** Holds a stream until the signal; resolves with the longest silence. */
function holdStream({ url, key }: Tenant, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}` };
    const request = get(
      `${url}/api/v1/analytics/stream?q=${encodeURIComponent(VIEW)}`,
      { headers, agent: false },
      (stream) => {
        if (stream.statusCode !== 200) return reject(new Error(`the stream: ${stream.statusCode}`));
        let last = performance.now();
        let longest = 0;
        const heard = () => {
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
        };
        stream.on('data', (data: Buffer) => data.includes('event: result') && heard());
        stream.on('error', () => undefined);
        stream.once('close', () => {
          heard();
          resolve(longest);
        });
        signal.addEventListener('abort', () => request.destroy());
      },
    );
    request.once('error', reject);
  });
}

/** A steady tenant for so many seconds: 200 clicks a second, its dashboard's questions, a stream. */
export async function watchNeighbor(tenant: Tenant, seconds: number): Promise<Seen> {
  const { hostname: host, port } = new URL(tenant.url);
  const stop = new AbortController();
  const stream = holdStream(tenant, stop.signal);
  const questions = askQuestions(tenant, stop.signal);
  const freshness = watchFreshness(tenant.url, { authorization: `Bearer ${tenant.key}` });
  const load: LoadResult = await runOpenLoop(
    {
      host,
      port: Number(port),
      rate: RATE,
      seconds,
      warmupSeconds: WARMUP_SECONDS,
      connections: CONNECTIONS,
    },
    makeRequests({ ids: 'key', host, apiKey: tenant.key }),
  );
  stop.abort();
  const [{ took, failed }, streamGap, ages] = await Promise.all([questions, stream, freshness.stop()]);
  const fresh = Float64Array.from(ages);
  const answered = (load.statuses[200] ?? 0) + (load.statuses[202] ?? 0);
  return {
    clickP50: quantile(load.latencies, 0.5),
    clickP99: quantile(load.latencies, 0.99),
    clicksFailed: RATE * (seconds + WARMUP_SECONDS) - answered,
    questionP50: quantile(took, 0.5),
    questionP99: quantile(took, 0.99),
    questionsFailed: failed,
    freshP50: quantile(fresh, 0.5),
    freshP99: quantile(fresh, 0.99),
    streamGap,
  };
}
