import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '../../lib/log.js';
import type { ByteStream } from '../import/source.js';
import { UsageError } from './import-arguments.js';

/** A file that is to be read. */
export interface InputFile {
  /** For people, the log, and what its end says. */
  name: string;
  /** Null of standard input. */
  sizeBytes: number | null;
  open(): ByteStream;
}

/** The files that paths name, a folder's in the order of their names and with those in its folders. Hidden ones are left out. */
export function inputFiles(paths: readonly string[]): InputFile[] {
  const files = paths.flatMap((path) => (path === '-' ? [STANDARD_INPUT] : filesOf(path)));
  if (files.length === 0) throw new UsageError(`${paths.join(', ')}: there are no files`);
  return files;
}

const STANDARD_INPUT: InputFile = { name: 'standard input', sizeBytes: null, open: () => process.stdin };

function filesOf(path: string): InputFile[] {
  try {
    const found = statSync(path);
    if (found.isDirectory())
      return readdirSync(path)
        .filter((name) => !name.startsWith('.'))
        .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
        .flatMap((name) => filesOf(join(path, name)));
    // A pipe has no size.
    const sizeBytes = found.isFile() ? found.size : null;
    return [{ name: basename(path), sizeBytes, open: () => createReadStream(path) }];
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} can not be read: ${messageOf(error)}`);
  }
}
