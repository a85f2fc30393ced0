import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import pLimit from 'p-limit';
import { type BackedUpFile, BackupError } from './manifest.js';

/** Files at the same time: one waits for the disk while the other is compressed. */
const AT_ONCE = 2;
/** Fast; clicks shrink to a fourth. */
const GZIP_LEVEL = 1;

/** The folders and files below a folder, by their paths from it. Folders are asked about with a slash at the end. */
export function walk(
  root: string,
  skip: (path: string) => boolean,
): { directories: string[]; files: string[] } {
  const found = { directories: [] as string[], files: [] as string[] };
  const visit = (dir: string) => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name);
      const name = relative(root, path);
      if (entry.isDirectory()) {
        if (skip(`${name}/`)) continue;
        found.directories.push(name);
        visit(path);
      } else if (entry.isFile() && !skip(name)) found.files.push(name);
    }
  };
  visit(root);
  return found;
}

/** Compresses files into a folder. One that is gone by now (a table was dropped) is left out. */
export async function packFiles(
  from: string,
  to: string,
  paths: readonly string[],
  onFile: (file: BackedUpFile) => void,
): Promise<void> {
  await pLimit(AT_ONCE).map(paths, async (path) => {
    const source = join(from, path);
    const target = join(to, `${path}.gz`);
    const hash = createHash('sha256');
    let bytes = 0;
    const measured = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    };
    try {
      lstatSync(source);
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      await pipeline(
        createReadStream(source),
        measured,
        createGzip({ level: GZIP_LEVEL }),
        createWriteStream(target, { mode: 0o600, flush: true }),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    onFile({ path, bytes, sha256: hash.digest('hex') });
  });
}

/** Writes a backup's files into a folder, and holds each against its checksum. Throws `BackupError` when one is damaged. */
export async function unpackFiles(
  from: string,
  to: string,
  files: readonly BackedUpFile[],
  onFile: (file: BackedUpFile) => void,
): Promise<void> {
  await pLimit(AT_ONCE).map(files, async (file) => {
    const target = join(to, file.path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    const hash = createHash('sha256');
    const measured = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    };
    try {
      await pipeline(
        createReadStream(join(from, `${file.path}.gz`)),
        createGunzip(),
        measured,
        createWriteStream(target, { mode: 0o600, flush: true }),
      );
    } catch (error) {
      throw new BackupError(`The backup's ${file.path} can not be read: ${(error as Error).message}`);
    }
    if (hash.digest('hex') !== file.sha256)
      throw new BackupError(`The backup's ${file.path} is damaged: its checksum is another.`);
    onFile(file);
  });
}
