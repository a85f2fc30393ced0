import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirInUse, findServer, lockDataDir, readSecrets } from '../../embedded/data-dir.js';
import { isPostgresRunning } from '../../embedded/postgres/orphan.js';
import { packFiles, walk } from './files.js';
import { type BackedUpFile, BackupError, type Manifest, manifestPath } from './manifest.js';
import { backUpRunningLedger } from './online-ledger.js';

/** Of a stopped system, what is made again at each start. */
const SKIPPED = /^(?:postgres\/postmaster\.(?:pid|opts)|clickhouse\/(?:engine\.(?:pid|xml)|status|tmp\/.*))$/;

/**
 * Backs up the embedded stores of a folder, whether a system runs on it or not.
 *
 * Running: the ledger is copied from under it and nothing is held up; analytics is rebuilt from the ledger when it is restored.
 * Stopped: both are copied as they are, and a start waits until that is done.
 *
 * @param to a folder that does not exist, or is empty
 * @throws BackupError
 */
export async function backUp(options: {
  dataDir: string;
  to: string;
  version: string;
  onFile: (file: BackedUpFile) => void;
}): Promise<Manifest> {
  const { dataDir, to, version, onFile } = options;
  const databaseDir = join(dataDir, 'postgres');
  if (!existsSync(join(databaseDir, 'PG_VERSION')))
    throw new BackupError(
      `${dataDir} holds no embedded ledger. A PostgreSQL given by DATABASE_URL is backed up by its own tools.`,
    );
  if (existsSync(to) && readdirSync(to).length > 0) throw new BackupError(`${to} is not empty.`);
  mkdirSync(to, { recursive: true, mode: 0o700 });

  const files: BackedUpFile[] = [];
  const note = (file: BackedUpFile) => {
    files.push(file);
    onFile(file);
  };
  const unlock = findServer(dataDir) === null ? tryLock(dataDir) : null;
  let directories: string[];
  try {
    directories = isPostgresRunning(databaseDir)
      ? await backUpRunningLedger(databaseDir, readSecrets(dataDir).postgresPassword, to, note)
      : await backUpStopped(dataDir, to, unlock !== null, note);
  } finally {
    unlock?.();
  }
  // Passwords that stand in the database, and the key without which the old address hashes mean nothing.
  cpSync(join(dataDir, 'secrets.json'), join(to, 'secrets.json'));
  const manifest: Manifest = {
    format: 1,
    takenAt: new Date().toISOString(),
    version,
    postgres: readFileSync(join(databaseDir, 'PG_VERSION'), 'utf8').trim(),
    hasAnalytics: directories.includes('clickhouse'),
    directories,
    files,
  };
  writeFileSync(manifestPath(to), `${JSON.stringify(manifest)}\n`, { mode: 0o600, flush: true });
  return manifest;
}

/** Null when a system that is starting or stopping has it. */
function tryLock(dataDir: string): (() => void) | null {
  try {
    return lockDataDir(dataDir);
  } catch (error) {
    if (error instanceof DataDirInUse) return null;
    throw error;
  }
}

async function backUpStopped(
  dataDir: string,
  to: string,
  isLocked: boolean,
  onFile: (file: BackedUpFile) => void,
): Promise<string[]> {
  if (!isLocked)
    throw new BackupError('The system on this folder is starting or stopping; try again in a minute.');
  const { directories, files } = walk(
    dataDir,
    (path) => SKIPPED.test(path) || !/^(?:postgres|clickhouse)\//.test(path),
  );
  const wanted = directories.filter((path) => /^(?:postgres|clickhouse)(?:\/|$)/.test(path));
  await packFiles(dataDir, to, files, onFile);
  return wanted;
}
