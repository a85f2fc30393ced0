import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { packFiles, walk } from './files.js';
import type { BackedUpFile } from './manifest.js';

/** What PostgreSQL makes again at each start, and its log, which is copied last (docs: "Making a base backup using the low level API"). */
const SKIPPED =
  /^(?:postmaster\.(?:pid|opts)|(?:pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/.+|.*pgsql_tmp.*|.*pg_internal\.init.*)$/;
const SKIPPED_FOLDERS = /(?:^|\/)pgsql_tmp/;
const CONTROL_FILE = 'global/pg_control';
/** Of the wait for a checkpoint at its start. */
const STATEMENT_MS_MAX = 600_000;

/**
 * Copies the ledger's files from under a running PostgreSQL, without holding anything up: a base backup. The files are of different
 * moments; the write-ahead log from its start to its end, copied with them, makes one moment of them when they are started.
 *
 * @param databaseDir of the running server
 * @param to gets the folder `postgres`
 */
export async function backUpRunningLedger(
  databaseDir: string,
  password: string,
  to: string,
  onFile: (file: BackedUpFile) => void,
): Promise<string[]> {
  const session = new pg.Client({
    host: '127.0.0.1',
    port: Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[3]),
    user: 'clickledger',
    password,
    database: 'postgres',
    statement_timeout: STATEMENT_MS_MAX,
    application_name: 'clickledger backup',
  });
  const target = join(to, 'postgres');
  const named = (file: BackedUpFile) => onFile({ ...file, path: `postgres/${file.path}` });
  await session.connect();
  try {
    // Keeps the log from being recycled meanwhile; it and the backup end with this session, whatever happens.
    await session.query(`SELECT pg_create_physical_replication_slot('clickledger_backup', true, true)`);
    const { rows: started } = await session.query<{ first: string }>(
      `SELECT pg_walfile_name(pg_backup_start('clickledger', fast => true)) AS first`,
    );
    const { directories, files } = walk(
      databaseDir,
      (path) => SKIPPED.test(path) || SKIPPED_FOLDERS.test(path),
    );
    await packFiles(
      databaseDir,
      target,
      files.filter((path) => path !== CONTROL_FILE),
      named,
    );
    await packFiles(databaseDir, target, [CONTROL_FILE], named);
    const { rows: stopped } = await session.query<{ last: string; labelfile: string }>(
      'SELECT pg_walfile_name(lsn) AS last, labelfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    const [first, last] = [started[0]?.first ?? '', stopped[0]?.last ?? ''];
    const log = readdirSync(join(databaseDir, 'pg_wal')).filter(
      (name) => (name.length === 24 && name >= first && name <= last) || name.endsWith('.history'),
    );
    await packFiles(
      databaseDir,
      target,
      log.map((name) => `pg_wal/${name}`),
      named,
    );
    // It tells PostgreSQL where in its log to begin: without it the copy would be taken for one after a crash, and be damaged.
    const label = join(target, 'backup_label');
    writeFileSync(label, stopped[0]?.labelfile ?? '', { mode: 0o600 });
    await packFiles(target, target, ['backup_label'], named);
    rmSync(label);
    return directories.map((path) => `postgres/${path}`);
  } finally {
    await session.end();
  }
}
