import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';

/** An empty data folder, for a first start. */
export const emptyDataDir = (): string => mkdtempSync(join(tmpdir(), 'clickledger-test-'));

/** A data folder whose stores are as a first start leaves them. */
export function newDataDir(): string {
  const folder = emptyDataDir();
  // Not node:fs: as root, PostgreSQL's files belong to another user.
  execFileSync('cp', ['-a', `${inject('dataDirTemplate')}/.`, folder]);
  return folder;
}
