import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ByteStream } from '../source.js';

/** A text or bytes as a stream, in chunks of the given size. */
export async function* bytesOf(content: string | Uint8Array, chunkBytes = 64 * 1_024): ByteStream {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const ACCESS_LOG = fileURLToPath(new URL('access.log.gz', import.meta.url));

export function accessLog(): ByteStream {
  return createReadStream(ACCESS_LOG);
}
