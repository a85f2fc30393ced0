import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { OPERATOR_PREFIX } from '../lib/tokens.js';

/** Another ClickLedger runs on this DATA_DIR. */
export class DataDirInUse extends Error {
  override name = 'DataDirInUse';
}

/**
 * When the process of this id started, as the kernel tells it (clock ticks since boot), so that a recycled process
 * id is not taken for the old owner; null when there is no such process. Where there is no /proc: 'alive'.
 */
export function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command's name, may hold spaces and parentheses: count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    if (existsSync('/proc/self/stat')) return null;
    try {
      process.kill(pid, 0);
      return 'alive';
    } catch {
      return null;
    }
  }
}

/**
 * Makes the directory (mode 0700) and takes its lock: the file `lock` with our process id and start time. The lock of
 * a process that is gone is taken over. Throws `DataDirInUse`. Returns the function that gives the lock back.
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'lock');
  const mine = join(dataDir, `lock.${process.pid}.${randomBytes(4).toString('hex')}`);
  writeFileSync(mine, `${process.pid} ${startOf(process.pid)}\n`, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        linkSync(mine, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      let owner = '';
      try {
        owner = readFileSync(path, 'utf8').trim();
      } catch {
        continue; // given back between the two calls
      }
      const [pid, start] = owner.split(' ');
      if (pid && startOf(Number(pid)) === start)
        throw new DataDirInUse(
          `ClickLedger already runs on ${dataDir} (process ${pid}). Stop it, or set DATA_DIR.`,
        );
      // Stale: it is moved away, in one step, and looked at again: another start may have put its own here since we read it.
      const moved = `${mine}.old`;
      try {
        renameSync(path, moved);
      } catch {
        continue;
      }
      if (readFileSync(moved, 'utf8').trim() !== owner) putBack(moved, path);
      unlinkSync(moved);
    }
    throw new DataDirInUse(`The lock of ${dataDir} could not be taken.`);
  } finally {
    unlinkSync(mine);
  }
}

/** Gives a lock that was taken away by mistake back to its owner, unless a third start has the place by now. */
function putBack(moved: string, path: string): void {
  try {
    linkSync(moved, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

export interface Secrets {
  /** Password of the embedded PostgreSQL. */
  postgresPassword: string;
  /** Password of the embedded ClickHouse engine. */
  clickhousePassword: string;
  /** Key of the address hashes. Losing it makes old and new hashes of one address differ. */
  hashSecret: string;
  /** What the commands on this machine show the server: who reads this file is the operator. */
  operatorToken: string;
}

/** Reads `DATA_DIR/secrets.json` (mode 0600), made with random values at the first start; those of a newer release are added. */
export function readSecrets(dataDir: string): Secrets {
  const path = join(dataDir, 'secrets.json');
  const random = () => randomBytes(24).toString('base64url');
  const made: Secrets = {
    postgresPassword: random(),
    clickhousePassword: random(),
    hashSecret: random(),
    operatorToken: OPERATOR_PREFIX + random(),
  };
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Secrets>) : {};
  const secrets = { ...made, ...known };
  // Whole or not at all: half a file would be no secrets, and no start.
  if (Object.keys(known).length < Object.keys(secrets).length) {
    writeFileSync(`${path}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return secrets;
}

/** Notes where the server that owns this directory listens, for the commands. Returns the function that removes the note. */
export function announce(dataDir: string, url: string): () => void {
  const path = join(dataDir, 'server.json');
  writeFileSync(path, `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

/** Where the running server of this directory listens; null when none runs. */
export function findServer(dataDir: string): string | null {
  const path = join(dataDir, 'server.json');
  const lock = join(dataDir, 'lock');
  if (!existsSync(path) || !existsSync(lock)) return null;
  const { url, pid } = JSON.parse(readFileSync(path, 'utf8')) as { url: string; pid: number };
  const [owner, start] = readFileSync(lock, 'utf8').trim().split(' ');
  return Number(owner) === pid && startOf(pid) === start ? url : null;
}
