import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

/** An empty folder that `removeFolders` deletes. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `clickledger-${name}-`));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  folders.delete(folder);
}

export function removeFolders(): void {
  for (const folder of folders) removeFolder(folder);
}
