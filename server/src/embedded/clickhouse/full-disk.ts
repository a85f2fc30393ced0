import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A line of a deduplication log: 1 (a part was added) or 2 (dropped), the part's name, the hash of its token. */
const RECORD = /^[12]\t[^\t]+\t[^\t]+$/;
/** A record at the end of a line. */
const LAST_RECORD = /[12]\t[0-9a-z]+(?:_\d+){3,4}\t[^\t]+$/;

/** Mends what a disk that was full at the wrong moment leaves in a data directory. No engine may run on it. */
export function mendAfterFullDisk(dataDir: string): void {
  dropEmptyCollections(join(dataDir, 'named_collections'));
  for (const table of tableDirs(join(dataDir, 'store'))) {
    const logs = join(table, 'deduplication_logs');
    for (const name of existsSync(logs) ? readdirSync(logs) : []) mendDeduplicationLog(join(logs, name));
  }
}

/** With the file of a named collection empty, the engine would never start again. The relay makes its collection again. */
function dropEmptyCollections(dir: string): void {
  for (const name of existsSync(dir) ? readdirSync(dir) : []) {
    const file = join(dir, name);
    if (statSync(file).size === 0) rmSync(file);
  }
}

function tableDirs(store: string): string[] {
  if (!existsSync(store)) return [];
  const inside = (dir: string) => readdirSync(dir).map((name) => join(dir, name));
  return inside(store).flatMap(inside);
}

/**
 * Where a record was cut off, its insert failed, and the engine writes the next record right behind it. When it starts it can read
 * neither, and a chunk that is sent again would be counted twice in this one table. The record that is whole is kept. One that lacks
 * its line's end was not: its insert failed, and the chunk that is sent again has to be taken.
 */
function mendDeduplicationLog(file: string): void {
  const text = readFileSync(file, 'utf8');
  const mended = text
    .split('\n')
    .slice(0, -1)
    .map((line) => (RECORD.test(line) ? line : LAST_RECORD.exec(line)?.[0]))
    .filter((line) => line !== undefined)
    .map((line) => `${line}\n`)
    .join('');
  if (mended === text) return;
  writeFileSync(`${file}.mended`, mended);
  renameSync(`${file}.mended`, file);
}
