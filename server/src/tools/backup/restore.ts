import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir } from '../../embedded/data-dir.js';
import { postgresMajorVersion } from '../../embedded/postgres/binaries.js';
import { unprivilegedUser } from '../../embedded/postgres/user.js';
import { unpackFiles } from './files.js';
import { type BackedUpFile, BackupError, type Manifest, readManifest } from './manifest.js';

/** The stores' folders are put in their place last, so that a restore that was cut off is not taken for a system. */
const STAGING = 'restoring';

/**
 * Puts a backup's stores into a folder in which none are. Analytics, if the backup has none, is left to be rebuilt.
 *
 * @throws BackupError, also when a file is not what was backed up
 */
export async function restore(options: {
  from: string;
  dataDir: string;
  onFile: (file: BackedUpFile) => void;
}): Promise<Manifest> {
  const { from, dataDir, onFile } = options;
  const manifest = readManifest(from);
  const unlock = lockDataDir(dataDir);
  try {
    for (const name of ['postgres', 'clickhouse', 'secrets.json'])
      if (existsSync(join(dataDir, name)))
        throw new BackupError(`There is a system in ${dataDir}. Restore into another folder: set DATA_DIR.`);
    const major = postgresMajorVersion();
    if (manifest.postgres !== major)
      throw new BackupError(
        `The backup is of PostgreSQL ${manifest.postgres}, this release has ${major}. Restore with ClickLedger ${manifest.version}.`,
      );
    const staging = join(dataDir, STAGING);
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(join(staging, 'postgres'), { recursive: true, mode: 0o700 });
    for (const path of manifest.directories) mkdirSync(join(staging, path), { recursive: true, mode: 0o700 });
    await unpackFiles(from, staging, manifest.files, onFile);
    // As root, PostgreSQL runs as somebody else, whose folder it has to be.
    const user = unprivilegedUser();
    if (user) own(join(staging, 'postgres'), manifest, staging, user);
    cpSync(join(from, 'secrets.json'), join(dataDir, 'secrets.json'));
    chmodSync(join(dataDir, 'secrets.json'), 0o600);
    if (manifest.hasAnalytics) renameSync(join(staging, 'clickhouse'), join(dataDir, 'clickhouse'));
    renameSync(join(staging, 'postgres'), join(dataDir, 'postgres'));
    rmSync(staging, { recursive: true, force: true });
    return manifest;
  } finally {
    unlock();
  }
}

function own(root: string, manifest: Manifest, staging: string, user: { uid: number; gid: number }): void {
  chownSync(root, user.uid, user.gid);
  const paths = [...manifest.directories, ...manifest.files.map(({ path }) => path)];
  for (const path of paths)
    if (path.startsWith('postgres/')) chownSync(join(staging, path), user.uid, user.gid);
}
