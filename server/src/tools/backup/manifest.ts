import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const NAME = 'manifest.json';

/** What a backup holds. It is written last: a folder without it is no backup. */
const Manifest = z.object({
  format: z.literal(1),
  /** When the backup was complete: the state that is restored is not older. */
  takenAt: z.iso.datetime(),
  /** Of the ClickLedger that made it. */
  version: z.string(),
  /** Major version of the embedded PostgreSQL: its files are read by the same one only. */
  postgres: z.string(),
  /** Whether analytics was copied too; else it is rebuilt from the ledger. */
  hasAnalytics: z.boolean(),
  directories: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof Manifest>;
export type BackedUpFile = Manifest['files'][number];

/** A folder can't be restored, or not here. The message says why. */
export class BackupError extends Error {
  override name = 'BackupError';
}

export const manifestPath = (folder: string) => join(folder, NAME);

/** Throws `BackupError` when the folder holds no complete backup. */
export function readManifest(folder: string): Manifest {
  let text: string;
  try {
    text = readFileSync(manifestPath(folder), 'utf8');
  } catch {
    throw new BackupError(`${folder} holds no complete backup: it has no ${NAME}.`);
  }
  const parsed = Manifest.safeParse(JSON.parse(text));
  if (!parsed.success) throw new BackupError(`${folder}: this release can not read the backup's ${NAME}.`);
  for (const { path } of parsed.data.files)
    if (path.startsWith('/') || path.split('/').includes('..'))
      throw new BackupError(`${folder}: its ${NAME} names a file outside of it.`);
  return parsed.data;
}
