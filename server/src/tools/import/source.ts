import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { unzstdStream, ZSTD_MAGIC, ZstdError } from '../../lib/zstd.js';
import { ImportError } from './records.js';

/** Any stream of bytes: a file, standard input, a request's body. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** Kinds of files that hold no lines, by their first bytes, and what to do with them. */
const OTHER_KINDS: readonly (readonly [magic: Buffer, what: string])[] = [
  [Buffer.from('PK\x03\x04', 'latin1'), 'a ZIP archive or an Excel workbook; unpack it, or save it as CSV'],
  [Buffer.from('BZh'), 'bzip2; unpack it with bunzip2 -c FILE and import -'],
  [Buffer.from('\xfd7zXZ\x00', 'latin1'), 'xz; unpack it with xz -dc FILE and import -'],
  [Buffer.from('\x04\x22\x4d\x18', 'latin1'), 'lz4; unpack it with lz4 -dc FILE and import -'],
  [Buffer.from('PAR1'), 'Parquet; export it as CSV or NDJSON'],
  [Buffer.from('SQLite format 3'), 'a database of SQLite; export it as CSV'],
  [Buffer.from('%PDF-'), 'a PDF'],
];
const MAGIC_BYTES_MAX = 16;

/**
 * The bytes of a file, unpacked if they are gzip or zstd. Told by its first bytes (RFC 1952, section 2.3.1), not by a
 * name: rotated logs are named anything. Brotli alone has no such bytes and is told by `.br`. `onBytes` hears of the bytes taken from
 * the stream, before unpacking.
 */
export async function* openSource(
  stream: ByteStream,
  { name = '', onBytes }: { name?: string; onBytes?: ((bytes: number) => void) | undefined } = {},
): ByteStream {
  const { head, all } = await peek(counted(stream, onBytes), MAGIC_BYTES_MAX);
  const startsWith = (magic: Buffer) => head.subarray(0, magic.length).equals(magic);
  const other = OTHER_KINDS.find(([magic]) => startsWith(magic));
  if (other) throw new ImportError(`This is ${other[1]}`);
  if (startsWith(Buffer.from([0x1f, 0x8b]))) yield* unzlib(all, createGunzip(), 'gzip');
  else if (startsWith(ZSTD_MAGIC)) yield* unzstd(all);
  else if (/\.br$/i.test(name)) yield* unzlib(all, createBrotliDecompress(), 'brotli');
  else yield* all;
}

/** The first bytes of a stream, so many if there are, and the whole of it. */
export async function peek(stream: ByteStream, bytes: number): Promise<{ head: Buffer; all: ByteStream }> {
  const chunks = stream[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < bytes) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return { head: head.subarray(0, bytes), all: startingWith(head, { [Symbol.asyncIterator]: () => chunks }) };
}

async function* counted(stream: ByteStream, onBytes?: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

async function* startingWith(head: Uint8Array, rest: ByteStream): ByteStream {
  if (head.length > 0) yield head;
  yield* rest;
}

async function* unzlib(chunks: ByteStream, by: Transform, format: string): ByteStream {
  const source = Readable.from(chunks, { objectMode: false });
  // The callback only keeps the error from being thrown twice: the loop below sees it too.
  const unpacked = pipeline(source, by, () => {});
  try {
    for await (const chunk of unpacked) yield chunk;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new ImportError(`The ${format} file is broken or cut off: ${error.message}`, { cause: error });
  }
}

async function* unzstd(chunks: ByteStream): ByteStream {
  try {
    yield* unzstdStream(chunks);
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
    throw new ImportError(`The zstd file is ${error.message}`, { cause: error });
  }
}

function isZlibError(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && /^(?:Z_|ERR__ERROR_|ERR_BROTLI)/.test(error.code);
}
