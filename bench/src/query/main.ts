// npm run bench:query: how long the dashboard's questions take over 100 million clicks, idle and while clicks come in.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openAnalytics, QUERY_LIMITS } from '@clickledger/server/analytics/client.js';
import { migrateAnalytics } from '@clickledger/server/analytics/migrate.js';
import { aggregate } from '@clickledger/server/analytics/queries/aggregate.js';
import { planOf, statementFor } from '@clickledger/server/analytics/queries/aggregate-sql.js';
import { FoldedDays } from '@clickledger/server/analytics/queries/folded-days.js';
import { Rollups } from '@clickledger/server/analytics/queries/rollups.js';
import { tenantClient } from '@clickledger/server/analytics/tenant-client.js';
import { startEmbeddedClickHouse } from '@clickledger/server/embedded/clickhouse/start.js';
import { silentLog } from '@clickledger/server/lib/log.js';
import { quantile } from '../load/open-loop.js';
import { table } from '../report/table.js';
import {
  askRows,
  CHUNK_CLICKS,
  type Client,
  dataSet,
  fillWithClicks,
  foldDays,
  keepIngesting,
} from './load.js';
import { logQuestions, type Question, questions } from './questions.js';

const { values: flags } = parseArgs({
  options: {
    clicks: { type: 'string', default: '100000000' },
    rounds: { type: 'string', default: '30' },
    'raw-rounds': { type: 'string', default: '2' },
    // A folder to keep the data in: the next run measures what it finds there.
    data: { type: 'string' },
    out: { type: 'string', default: 'bench/results' },
  },
});
const CLICKS_PER_SECOND = 10_000;
const CHUNK_INTERVAL_MS = 1_000;
const TENANT_ID = 1;

interface Asked {
  name: string;
  goal: boolean;
  ask: () => Promise<{ rowsRead: number; sources: string }>;
  askRaw?: () => Promise<unknown>;
}

interface Figures {
  name: string;
  goal: boolean;
  sources: string;
  rowsRead: number;
  idle: number[];
  ingesting: number[];
  raw: number[];
}

/** The same question, asked of the raw clicks alone. */
async function askRaw(client: Client, { query }: Question): Promise<void> {
  const fromMs = Date.parse(query.start_time);
  const plan = {
    ...planOf(query),
    pieces: [{ source: 'click_events' as const, fromMs, toMs: Date.parse(query.end_time) }],
  };
  const { sql, params } = statementFor(TENANT_ID, query, plan, 'both', 100_000, () => ({
    chunk: 0,
    months: new Map(),
  }));
  const settings = { ...QUERY_LIMITS, max_execution_time: 60 };
  await (
    await client.query({
      query: sql,
      query_params: params,
      format: 'JSONCompact',
      clickhouse_settings: settings,
    })
  ).json();
}

/** As the server asks: confined to one tenant by the engine. */
function allQuestions(analytics: Client, rollups: Rollups, nowMs: number, clickId: string): Asked[] {
  const client = tenantClient(analytics, TENANT_ID);
  return [
    ...questions(nowMs).map((question) => ({
      ...question,
      ask: async () => {
        const reply = await aggregate(client, TENANT_ID, question.query, rollups);
        return {
          rowsRead: reply.rows_read ?? 0,
          sources: reply.sources.map((name) => name.replace(/clicks_by_|_events/, '')).join(', '),
        };
      },
      askRaw: () => askRaw(client, question),
    })),
    ...logQuestions(nowMs, clickId).map(({ sql, ...rest }) => ({
      ...rest,
      ask: async () => {
        const result = await client.query({
          query: sql,
          format: 'JSONCompact',
          clickhouse_settings: QUERY_LIMITS,
        });
        const { statistics } = await result.json();
        return { rowsRead: statistics?.rows_read ?? 0, sources: 'click' };
      },
    })),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Question after question, round after round: none is measured hot from its own repeat. */
async function measure(
  asked: () => Asked[],
  rounds: number,
  into: (name: string, ms: number) => void,
): Promise<void> {
  for (let round = 0; round <= rounds; round++)
    for (const question of asked()) {
      const ms = await timed(question.ask);
      if (round > 0) into(question.name, ms); // the first round is for caches
    }
}

/** What a phase gave, as soon as it is over: the whole run takes a quarter of an hour. */
function tell(figures: Iterable<Figures>, of: (one: Figures) => number[]): void {
  for (const one of figures)
    console.log(
      `  ${ms(p(of(one), 0.5)).padStart(6)} ${ms(p(of(one), 0.99)).padStart(6)} ms  ${one.name} (${one.rowsRead.toLocaleString('en')} rows, ${one.sources})`,
    );
}

const p = (values: readonly number[], q: number) => quantile(Float64Array.from(values).sort(), q);
const ms = (value: number) => (Number.isFinite(value) ? value.toFixed(value < 10 ? 1 : 0) : '–');

function reportTable(all: readonly Figures[]): string {
  const head = [
    'question',
    'idle p50 ms',
    'idle p99 ms',
    'ingesting p50 ms',
    'ingesting p99 ms',
    'rows read',
    'from',
    'raw only ms',
    'ratio',
  ];
  return table(
    head,
    all.map((one) => {
      const rawMs = p(one.raw, 0.5);
      const idle = p(one.idle, 0.5);
      return [
        one.goal ? one.name : `*${one.name}*`,
        ...[ms(idle), ms(p(one.idle, 0.99)), ms(p(one.ingesting, 0.5)), ms(p(one.ingesting, 0.99))],
        ...[
          one.rowsRead.toLocaleString('en'),
          one.sources,
          ms(rawMs),
          Number.isFinite(rawMs) ? `${(rawMs / idle).toFixed(0)}×` : '–',
        ],
      ];
    }),
  );
}

const kept = flags.data !== undefined;
const dataDir = flags.data ?? mkdtempSync(join(tmpdir(), 'clickledger-query-'));
const access = { dataDir, password: 'bench', log: silentLog };
const engine = await startEmbeddedClickHouse(access);
const server = openAnalytics(engine, 'default');
const client = openAnalytics(engine);
try {
  await migrateAnalytics(server, client);
  if ((await dataSet(client)).clicks === 0) await fillWithClicks(client, Number(flags.clicks), console.log);
  const { clicks, endMs } = await dataSet(client);
  await foldDays(engine, client, endMs, console.log);
  const newest = Math.ceil(clicks / CHUNK_CLICKS);
  const marks = { minutes: newest, pairs: newest };
  const rollups = Rollups.from(async () => marks, new FoldedDays(client));
  const [sample] = await askRows(client, 'SELECT toString(click_id) AS id FROM click_events LIMIT 1');
  const all = new Map<string, Figures>();
  const asked = (nowMs: number) => allQuestions(client, rollups, nowMs, sample?.id ?? '');
  for (const { name, goal, ask } of asked(endMs))
    all.set(name, { name, goal, ...(await ask()), idle: [], ingesting: [], raw: [] });

  const rounds = Number(flags.rounds);
  console.log(`${clicks.toLocaleString('en')} clicks. Idle …`);
  await measure(
    () => asked(endMs),
    rounds,
    (name, took) => all.get(name)?.idle.push(took),
  );
  tell(all.values(), (one) => one.idle);
  console.log('While clicks come in …');
  const stop = new AbortController();
  const begin = performance.now();
  const ingesting = keepIngesting(
    client,
    {
      first: clicks,
      startMs: endMs,
      clicksPerSecond: CLICKS_PER_SECOND,
      intervalMs: CHUNK_INTERVAL_MS,
      marks,
    },
    stop.signal,
  );
  // Every range ends now: it holds the clicks that have just come.
  const now = () => endMs + performance.now() - begin;
  await measure(
    () => asked(Math.floor(now())),
    rounds,
    (name, took) => all.get(name)?.ingesting.push(took),
  );
  const seconds = (performance.now() - begin) / 1_000;
  stop.abort();
  const ingested = await ingesting;
  tell(all.values(), (one) => one.ingesting);
  console.log('The raw clicks alone …');
  for (let round = 0; round < Number(flags['raw-rounds']); round++)
    for (const { name, askRaw } of asked(endMs)) if (askRaw) all.get(name)?.raw.push(await timed(askRaw));

  const parts = await askRows(
    client,
    `SELECT table, toString(sum(rows)) AS rows, formatReadableSize(sum(bytes_on_disk)) AS size, toString(count()) AS parts
     FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY sum(bytes_on_disk) DESC`,
  );
  const figures = [...all.values()];
  const goals = figures.filter((one) => one.goal);
  const met = (of: (one: Figures) => number[]) => goals.filter((one) => p(of(one), 0.99) < 100).length;
  const machine = {
    cores: cpus().length,
    model: cpus()[0]?.model,
    memoryGb: Math.round(totalmem() / 1_024 ** 3),
  };
  const lines = [
    '# Query speed, measured',
    '',
    `${clicks.toLocaleString('en')} clicks over 30 days, in the embedded engine on ${machine.cores} cores (${machine.model}), ${machine.memoryGb} GB; Node.js ${process.version}. ${rounds} rounds; unique users are in every answer. In italics: beyond the promise.`,
    '',
    `p99 under 100 ms: ${met((one) => one.idle)} of ${goals.length} idle, ${met((one) => one.ingesting)} of ${goals.length} while ${Math.round(ingested.clicks / seconds).toLocaleString('en')} clicks/s came in (chunks took ${ms(p(ingested.chunkMs, 0.5))} ms, p99 ${ms(p(ingested.chunkMs, 0.99))} ms).`,
    '',
    reportTable(figures),
    '',
    table(
      ['table', 'rows', 'on disk', 'parts'],
      parts.map((one) => [
        one.table ?? '',
        Number(one.rows).toLocaleString('en'),
        one.size ?? '',
        one.parts ?? '',
      ]),
    ),
    '',
  ];
  mkdirSync(flags.out, { recursive: true });
  writeFileSync(`${flags.out}/query.md`, lines.join('\n'));
  writeFileSync(
    `${flags.out}/query.json`,
    `${JSON.stringify({ machine, clicks, rounds, ingested: { clicks: ingested.clicks, seconds }, parts, figures })}\n`,
  );
  console.log(lines.join('\n'));
} finally {
  await Promise.all([client.close(), server.close()]);
  await engine.stop();
  if (!kept) rmSync(dataDir, { recursive: true, force: true });
}
