import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ImportError } from './records.js';

/** Any stream of bytes: a file, standard input, a request's body. */
export type ByteStream = AsyncIterable<Uint8Array>;

/**
 * The bytes of a file, unpacked if they are gzip. Told by its first two bytes (RFC 1952, section 2.3.1), not by a
 * name: rotated logs are named anything. `onBytes` hears of the bytes taken from the stream, before unpacking.
 */
export async function* openSource(stream: ByteStream, onBytes?: (bytes: number) => void): ByteStream {
  const chunks = counted(stream, onBytes);
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const all = startingWith(head, chunks);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    yield* gunzip(all);
    return;
  }
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    throw new ImportError('The file is UTF-16; convert it to UTF-8 first, e.g. with iconv');
  }
  yield* all;
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

async function* gunzip(chunks: ByteStream): ByteStream {
  const source = Readable.from(chunks, { objectMode: false });
  // The callback only keeps the error from being thrown twice: the loop below sees it too.
  const unpacked = pipeline(source, createGunzip(), () => {});
  try {
    for await (const chunk of unpacked) yield chunk;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new ImportError(`The gzip file is broken or cut off: ${error.message}`, { cause: error });
  }
}

function isZlibError(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && error.code.startsWith('Z_');
}
