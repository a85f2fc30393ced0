import { ZSTD_MAGIC } from '../lib/zstd.js';

/** Short ones, so that what repeats gets blocks of its own; 128 KB is the most (RFC 8878, section 3.1.1.2.3). */
const BLOCK_BYTES_MAX = 4 * 1_024;
/** No checksum, no content size; a window of 8 MB. */
const FRAME_HEAD = Buffer.concat([ZSTD_MAGIC, Buffer.from([0x00, 13 << 3])]);

/** A zstd frame: blocks as they are, and one byte for a block of one byte over and over. Nothing in Node 20 writes zstd. */
export function zstdSync(bytes: Buffer): Buffer {
  const parts: Buffer[] = [FRAME_HEAD];
  for (let at = 0; at === 0 || at < bytes.length; at += BLOCK_BYTES_MAX) {
    const block = bytes.subarray(at, at + BLOCK_BYTES_MAX);
    const isLast = at + BLOCK_BYTES_MAX >= bytes.length;
    const isOneByte = block.length > 1 && block.equals(Buffer.alloc(block.length, block[0]));
    const head = Buffer.alloc(3);
    head.writeUIntLE(Number(isLast) | (Number(isOneByte) << 1) | (block.length << 3), 0, 3);
    parts.push(head, isOneByte ? block.subarray(0, 1) : block);
  }
  return Buffer.concat(parts);
}
