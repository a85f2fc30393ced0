import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Tenant } from './tenants.js';

/** What each kind of flood did: requests by status, and what else it counts. */
export type Counters = Record<string, number>;

export interface FloodParts {
  tenant: Tenant;
  signal: AbortSignal;
  counters: Counters;
  /** Most clicks with random campaigns that are sent in all. */
  clicksMax: number;
}

const BATCH_CLICKS = 1_000;
const BATCHES_AT_ONCE = 16;
const LIST_CHANGES_AT_ONCE = 40;
/** On the lists of the tenant that floods. */
export const LIST_ENTRIES = 10_000;
const LIST_FILLERS = 400;
const EXPORTS_AT_ONCE = 40;
const STREAMS = 500;
const STATEMENTS_AT_ONCE = 20;
const QUESTIONS_AT_ONCE = 40;
/** After a refusal, in milliseconds: sooner than Retry-After asks. */
const REFUSED_MS = 100;

const add = (counters: Counters, name: string | number, count = 1) => {
  counters[name] = (counters[name] ?? 0) + count;
};
const octet = () => Math.floor(Math.random() * 256);
const address = () => `20.${octet()}.${octet()}.${octet()}`;
const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined);
const inParallel = (count: number, work: (index: number) => Promise<void>) =>
  Promise.all(Array.from({ length: count }, (_, i) => work(i))).then(() => undefined);

/** The same request again and again, each time another one, so many at once. */
function repeat(
  { tenant, signal, counters }: FloodParts,
  atOnce: number,
  send: () => { path: string; method?: string; body?: unknown },
): Promise<void> {
  return inParallel(atOnce, async () => {
    while (!signal.aborted) {
      const { path, ...options } = send();
      const status = await ask(tenant, path, { ...options, signal }).then(
        (reply) => reply.arrayBuffer().then(() => reply.status),
        () => 0,
      );
      if (signal.aborted) return;
      add(counters, status);
      if (status === 503 || status === 0) await pause(REFUSED_MS, signal);
    }
  });
}

/** Each click of a campaign of its own. */
function clicks(parts: FloodParts): Promise<void> {
  const { tenant, signal, counters, clicksMax } = parts;
  return inParallel(BATCHES_AT_ONCE, async () => {
    while (!signal.aborted && (counters.clicks ?? 0) < clicksMax) {
      const body = {
        clicks: Array.from({ length: BATCH_CLICKS }, () => ({
          ad_id: randomUUID(),
          campaign_id: randomUUID(),
          advertiser_id: 'flood',
          ip_address: address(),
        })),
      };
      const status = await ask(tenant, '/api/v1/clicks/batch', { body, signal }).then(
        (reply) => reply.arrayBuffer().then(() => reply.status),
        () => 0,
      );
      if (signal.aborted) return;
      add(counters, status);
      if (status === 202) add(counters, 'clicks', BATCH_CLICKS);
      else await pause(REFUSED_MS, signal);
    }
  });
}

const entryOf = (i: number) => ({ list: 'block', kind: 'address', value: `20.1.${i >> 8}.${i & 255}` });

/** Puts so many entries on a tenant's lists. */
export function fillLists(tenant: Tenant, count: number): Promise<void> {
  let next = 0;
  return inParallel(LIST_FILLERS, async () => {
    while (next < count) {
      const reply = await ask(tenant, '/api/v1/fraud/lists', { body: entryOf(next++) });
      if (reply.status !== 201) throw new Error(`the lists: ${reply.status} ${await reply.text()}`);
      await reply.arrayBuffer();
    }
  });
}

/** Entries on the full lists are renewed again and again: each change has all of them read again. */
function lists(parts: FloodParts): Promise<void> {
  let next = 0;
  return repeat(parts, LIST_CHANGES_AT_ONCE, () => ({
    path: '/api/v1/fraud/lists',
    body: entryOf(next++ % LIST_ENTRIES),
  }));
}

/** A GET over a socket of its own that is never read from; ends when the server or the flood does. */
function unread({ tenant, signal, counters }: FloodParts, path: string): Promise<void> {
  const { hostname, port } = new URL(tenant.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const stop = () => socket.destroy();
    signal.addEventListener('abort', stop);
    socket.once('data', (data: Buffer) => {
      add(counters, data.toString('latin1', 9, 12));
      socket.pause();
      // What is refused ends at once; the rest keeps its place.
      if (data.toString('latin1', 9, 12) !== '200') socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${tenant.key}\r\n\r\n`);
  });
}

const holdAgain = (parts: FloodParts, atOnce: number, path: (index: number) => string) =>
  inParallel(atOnce, async (i) => {
    while (!parts.signal.aborted) {
      await unread(parts, path(i));
      await pause(REFUSED_MS * 10, parts.signal);
    }
  });

const ALL_TIME = 'start_time=2000-01-01T00:00:00Z&end_time=2099-01-01T00:00:00Z';
const exports = (parts: FloodParts) =>
  holdAgain(parts, EXPORTS_AT_ONCE, () => `/api/v1/export/clicks.csv?${ALL_TIME}`);

/** Each stream with a view that nobody else has. */
const streams = (parts: FloodParts) =>
  holdAgain(parts, STREAMS, (i) => {
    const view = `range=last_24h&granularity=total&group_by=campaign_id&limit=${1 + i}`;
    return `/api/v1/analytics/stream?q=${encodeURIComponent(view)}`;
  });

/** Searches through all clicks, and statements that there are none of counted again. */
function statements(parts: FloodParts): Promise<void> {
  let next = 0;
  return repeat(parts, STATEMENTS_AT_ONCE, () =>
    next++ % 2
      ? { path: '/api/v1/billing/statements/1/verify' }
      : { path: '/api/v1/admin/privacy/export', body: { user_id: randomUUID() } },
  );
}

/** The dearest question of a dashboard: all campaigns of a day, with unique users. */
function questions(parts: FloodParts): Promise<void> {
  const DAY_MS = 86_400_000;
  return repeat(parts, QUESTIONS_AT_ONCE, () => {
    const end = Date.now();
    const query = new URLSearchParams({
      start_time: new Date(end - DAY_MS).toISOString(),
      end_time: new Date(end).toISOString(),
      granularity: 'total',
      group_by: 'campaign_id',
      limit: '1000',
    });
    return { path: `/api/v1/analytics/aggregate?${query}` };
  });
}

export const FLOODS = { clicks, lists, exports, streams, statements, questions };
export type FloodName = keyof typeof FLOODS;
