import { ZSTDDecoder } from 'zstddec/stream';

/** Steps without output after which data is broken: the library goes on for ever then. A whole frame's head takes one or two. */
const IDLE_STEPS_MAX = 64;
/** First four bytes of a frame (RFC 8878, section 3.1.1), little-endian. */
export const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

export class ZstdError extends Error {
  override name = 'ZstdError';
}

const decoder = new ZSTDDecoder();

/**
 * Unpacks zstd, whole frames, in one call and one piece of memory, whatever the frames say of themselves. Null when it is more than
 * `lengthMax` bytes, or broken: the library does not say which.
 */
export async function unzstd(packed: Uint8Array, lengthMax: number): Promise<Buffer | null> {
  await decoder.init();
  const bytes = decoder.decode(packed, lengthMax);
  return bytes.length === 0 ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Unpacks zstd piece by piece. Throws `ZstdError` when it is broken or cut off. */
export async function* unzstdStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  await decoder.init();
  const source = chunks[Symbol.asyncIterator]();
  let next = await source.next();
  // The library takes its next piece without waiting, at most one between two that it gives: one is always at hand.
  let isTaken = false;
  const pieces = decoder.decodeStreaming({
    *[Symbol.iterator]() {
      while (!next.done) {
        isTaken = true;
        yield next.value;
      }
    },
  } as Iterable<Uint8Array>);
  let idle = 0;
  while (true) {
    let piece: IteratorResult<Uint8Array>;
    try {
      piece = pieces.next();
    } catch (error) {
      throw new ZstdError('cut off', { cause: error });
    }
    if (piece.done) return;
    if (isTaken) {
      idle = 0;
      do next = await source.next();
      while (!next.done && next.value.length === 0);
      isTaken = false;
    }
    if (piece.value.length > 0) {
      idle = 0;
      yield piece.value;
    } else if (++idle > IDLE_STEPS_MAX) throw new ZstdError('broken');
  }
}
