import { randomBytes } from 'node:crypto';
import type { ListEntriesReply } from '@clickledger/contract';
import type { Click } from '../../click/click.js';
import { type Config, ConfigError, readConfig } from '../../config.js';
import { findServer, readSecrets } from '../../embedded/data-dir.js';
import { type FindListed, makeFindListed } from '../../fraud/lists.js';
import { sleep } from '../../lib/backoff.js';
import { messageOf } from '../../lib/log.js';
import { trustOf } from '../../lib/trusted-proxies.js';
import { makeClickPreparation } from '../../system/ingest.js';
import { type ImportOptions, runImport } from '../import/import.js';
import { ImportIds } from '../import/import-id.js';
import { MapError } from '../import/map.js';
import { ImportError, SubmitError } from '../import/records.js';
import { RETRY_DEFAULTS } from '../import/retry.js';
import type { ImportSummary } from '../import/summary.js';
import { call, catchUp, endImport, showKey, submitTo } from './api-call.js';
import { type ImportArguments, readArguments, UsageError } from './import-arguments.js';
import { importConversionFiles } from './import-conversions.js';
import { type InputFile, inputFiles } from './import-files.js';
import { clickLine, hasFailed, openedLine, summaryLines } from './import-report.js';
import { startProgress } from './progress.js';
import { reachServer } from './reach-server.js';

/** Longest name that the audit log takes. */
const FILE_NAME_LENGTH_MAX = 128;
/** Clicks that a dry run shows. */
const CLICKS_SHOWN = 10;
const SECRET_BYTES = 32;
/** A dry run stores nothing, for nobody. */
const NO_TENANT_ID = 0;

type Target = Pick<ImportOptions, 'tenantId' | 'prepare'> & {
  submitOf: (file: InputFile) => ImportOptions['submit'];
  /** Told of a file that was read to its end. */
  ended: (file: InputFile, summary: ImportSummary) => Promise<void>;
};

/** Resolves with the status to end with. */
async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2).filter((word, i) => !(i === 0 && word === 'import')));
  const files = inputFiles(given.paths);
  const config = readConfig(process.env);
  if (given.isDryRun) return importAll(files, given, config, await dryTarget(config));
  const { url, stop } = await reachServer(given.url ?? findServer(config.dataDir));
  // The secret of this machine is for the server of this machine alone.
  showKey(config.apiKey ?? (given.url ? null : readSecrets(config.dataDir).operatorToken));
  try {
    const status = given.isConversions
      ? await importConversionFiles(url, files, given)
      : await importAll(files, given, config, await targetOf(url, given, config));
    if (!(await catchUp(url)))
      console.log(
        '  Analytics has not caught up yet; it goes on with the running server, or at the next start.',
      );
    return status;
  } finally {
    await stop();
  }
}

/** One after the other. A file that can't be read on does not hold up the next. */
async function importAll(
  files: InputFile[],
  given: ImportArguments,
  config: Config,
  target: Target,
): Promise<number> {
  const { isStrict, isOneLog, isDryRun, label } = given;
  const { trustedProxies } = config;
  const ids = new ImportIds(target.tenantId);
  let shown = 0;
  let status = 0;
  for (const file of files) {
    const progress = startProgress({ title: file.name, total: file.sizeBytes });
    try {
      const summary = await runImport({
        ...given,
        ...target,
        name: file.name,
        stream: file.open(),
        sizeBytes: file.sizeBytes,
        times: { zonelessIsUtc: given.zonelessIsUtc },
        ...(label === undefined ? {} : { labelColumn: label }),
        ...(isOneLog ? { ids } : {}),
        ...(trustedProxies.length > 0 ? { isTrusted: trustOf(trustedProxies) } : {}),
        submit: target.submitOf(file),
        retry: { ...RETRY_DEFAULTS, sleep: (ms) => sleep(ms) },
        nowMs: Date.now,
        onOpened: (opened) => console.log(openedLine(file.name, opened)),
        onTaken: (line, click, notes) => {
          if (isDryRun && shown++ < CLICKS_SHOWN) console.log(clickLine(line, click, notes));
        },
        onProgress: ({ bytesRead, summary: { lines } }) => progress.update(bytesRead, `${lines} lines`),
      });
      await target.ended(file, summary);
      progress.stop();
      console.log(['', ...summaryLines(summary, isDryRun)].join('\n'));
      if (hasFailed(summary, isStrict)) status = 1;
    } catch (error) {
      progress.stop();
      if (!(error instanceof ImportError) || error instanceof SubmitError) throw error;
      console.error(`\n  ${file.name}: ${error.message}\n`);
      status = 1;
    }
  }
  return status;
}

async function targetOf(url: string, { tenant }: ImportArguments, config: Config): Promise<Target> {
  const { tenant_id: tenantId } = await call<{ tenant_id: number }>(
    `${url}/api/v1/admin/tenants/${encodeURIComponent(tenant)}`,
  );
  const prepare = await makeClickPreparation(
    config,
    readSecrets(config.dataDir).hashSecret,
    await listsOf(url),
  );
  const nameOf = ({ name }: InputFile) => name.slice(0, FILE_NAME_LENGTH_MAX);
  return {
    tenantId,
    prepare,
    submitOf: (file) => submitTo(url, nameOf(file)),
    ended: (file, { accepted, duplicates, flagged }) =>
      endImport(url, { file: nameOf(file), tenantId, accepted, duplicates, flagged }).catch(
        (error: unknown) =>
          // The clicks are in the ledger: that is no reason to leave the next file out.
          console.error(`\n  ${file.name}: its counts are missing in the audit log: ${messageOf(error)}\n`),
      ),
  };
}

/** Needs no server, and stores nothing: hashes are of a secret that is thrown away. */
async function dryTarget(config: Config): Promise<Target> {
  const prepare = await makeClickPreparation(config, randomBytes(SECRET_BYTES).toString('hex'));
  const submit = async (clicks: Click[]) => clicks.map(() => ({ isDuplicate: false, isFraudulent: false }));
  return { tenantId: NO_TENANT_ID, prepare, submitOf: () => submit, ended: async () => undefined };
}

/** The lists in force: they name addresses, which never leave this command. */
async function listsOf(url: string): Promise<FindListed> {
  const { data } = await call<ListEntriesReply>(`${url}/api/v1/fraud/lists`);
  return makeFindListed(
    data.map(({ list, kind, value, entry_id, expires_at }) => ({
      list,
      kind,
      value,
      entryId: entry_id,
      expiresAtMs: expires_at === null ? null : Date.parse(expires_at),
    })),
  );
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    const plain = [UsageError, ConfigError, MapError, ImportError].some((type) => error instanceof type);
    console.error(
      `\n  ${plain ? (error as Error).message : `The import stopped: ${messageOf(error)}\n  Run it again: what is counted already is not counted twice.`}\n`,
    );
    process.exit(1);
  },
);
