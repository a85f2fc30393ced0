import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { ListEntriesReply } from '@clickledger/contract';
import { type Options as BarOptions, SingleBar } from 'cli-progress';
import { pino } from 'pino';
import { sleep } from '../backoff.js';
import { ConfigError, readConfig } from '../config.js';
import { findServer, readSecrets } from '../embedded/data-dir.js';
import { type FindListed, makeFindListed } from '../fraud/lists.js';
import { buildApp } from '../http/app.js';
import { FORMATS, type Format } from '../import/formats.js';
import { type ImportSummary, runImport } from '../import/import.js';
import { labelLines } from '../import/labels.js';
import { MapError, parseMap } from '../import/map.js';
import { ImportError } from '../import/records.js';
import { RETRY_DEFAULTS } from '../import/retry.js';
import { messageOf } from '../log.js';
import { makeClickPreparation, startSystem } from '../system.js';
import { call, catchUp, showKey, submitTo } from './api-call.js';

const USAGE = `Usage: npm run import -- FILE [--format csv|ndjson|combined] [--map click_field=column,…] [--label COLUMN] [--tenant SLUG] [--utc] [--url URL]

  FILE       gzip or plain
  --format   by the file's name if absent: .csv, .ndjson or .jsonl, .log (Apache combined)
  --map      which column fills which field of a click; field:=text for a constant
  --label    the column that says which clicks are invalid: prints how well the rules find them
  --tenant   default: default
  --utc      times without a zone are UTC; otherwise they are bad lines
  --url      a running server; by default the one on DATA_DIR, else one is started for the import
`;

/** Longest name that the audit log takes. */
const FILE_NAME_LENGTH_MAX = 128;

class UsageError extends Error {}

function formatOf(file: string, given: string | undefined): Format {
  const name = basename(file).replace(/\.gz$/, '');
  const guess = { csv: 'csv', ndjson: 'ndjson', jsonl: 'ndjson', log: 'combined' }[
    name.split('.').at(-1) ?? ''
  ];
  const format = given ?? guess;
  if (!FORMATS.includes(format as Format))
    throw new UsageError(`--format: expected ${FORMATS.join(', ')}.\n\n${USAGE}`);
  return format as Format;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2).filter((word, i) => !(i === 0 && word === 'import')),
    options: {
      format: { type: 'string' },
      map: { type: 'string', default: '' },
      label: { type: 'string' },
      tenant: { type: 'string', default: 'default' },
      url: { type: 'string' },
      utc: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const [file] = positionals;
  if (values.help || !file || positionals.length > 1) throw new UsageError(USAGE);
  const format = formatOf(file, values.format);
  const map = parseMap(values.map);
  const size = sizeOf(file);

  const config = readConfig(process.env);
  const { url, stop } = await reachServer(values.url ?? findServer(config.dataDir));
  // The secret of this machine is for the server of this machine alone.
  showKey(config.apiKey ?? (values.url ? null : readSecrets(config.dataDir).operatorToken));
  try {
    const { tenant_id: tenantId } = await call<{ tenant_id: number }>(
      `${url}/api/v1/admin/tenants/${encodeURIComponent(values.tenant)}`,
    );
    const bar = new SingleBar({
      format: '  {bar} {percentage} % | {lines} lines | {eta_formatted} left',
      hideCursor: true,
      noTTYOutput: false,
    } satisfies BarOptions);
    bar.start(size, 0, { lines: 0 });
    const summary = await runImport({
      stream: createReadStream(file),
      sizeBytes: size,
      format,
      map,
      mapper: { zonelessIsUtc: values.utc },
      ...(values.label === undefined ? {} : { labelColumn: values.label }),
      tenantId,
      prepare: await makeClickPreparation(config, readSecrets(config.dataDir).hashSecret, await listsOf(url)),
      submit: submitTo(url, basename(file).slice(0, FILE_NAME_LENGTH_MAX)),
      retry: { ...RETRY_DEFAULTS, sleep: (ms) => sleep(ms) },
      nowMs: Date.now,
      onProgress: ({ bytesRead, summary: so_far }) => bar.update(bytesRead, { lines: so_far.lines }),
    });
    bar.stop();
    print(summary);
    if (!(await catchUp(url)))
      console.log(
        '  Analytics has not caught up yet; it goes on with the running server, or at the next start.',
      );
  } finally {
    await stop();
  }
}

/** The lists in force: they name addresses, which never leave this command. */
async function listsOf(url: string): Promise<FindListed> {
  const { data } = await call<ListEntriesReply>(`${url}/api/v1/fraud/lists`);
  return makeFindListed(
    data.map(({ list, kind, value, entry_id, expires_at }) => ({
      ...{ list, kind, value },
      entryId: entry_id,
      expiresAtMs: expires_at === null ? null : Date.parse(expires_at),
    })),
  );
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    throw new UsageError(`${file} can not be read: ${messageOf(error)}`);
  }
}

/** The running server, or one of our own for the time of the import. */
async function reachServer(url: string | null): Promise<{ url: string; stop: () => Promise<void> }> {
  if (url) return { url, stop: async () => undefined };
  const config = readConfig({ ...process.env, PORT: '0', ROLES: 'ingest,relay,query' });
  const system = await startSystem(config, pino({ level: 'error' }, pino.destination(2)));
  const app = await buildApp(system.services, { trustedProxies: [] });
  const stop = async () => {
    await app.close();
    await system.stop();
  };
  try {
    return { url: await app.listen({ host: '127.0.0.1', port: 0 }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function print(summary: ImportSummary): void {
  const { lines, accepted, duplicates, flagged, skipped, errors } = summary;
  console.log(
    `\n  ${lines} lines: ${accepted} new clicks (${flagged} flagged), ${duplicates} counted before, ${skipped} no clicks, ${errors.count} bad`,
  );
  if (summary.labels) for (const line of labelLines(summary.labels)) console.log(`  ${line}`);
  for (const { line, message } of errors.first) console.log(`  line ${line}: ${message}`);
  if (errors.count > errors.first.length) console.log(`  … and ${errors.count - errors.first.length} more`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const plain = [UsageError, ConfigError, MapError, ImportError].some((type) => error instanceof type);
    console.error(
      `\n  ${plain ? (error as Error).message : `The import stopped: ${messageOf(error)}\n  Run it again: what is counted already is not counted twice.`}\n`,
    );
    process.exit(1);
  },
);
