import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, type InputType, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';
import { Invalid, Told } from '../../lib/told.js';
import { unzstd } from '../../lib/zstd.js';

type Unpack = (packed: Buffer, lengthMax: number) => Promise<Buffer | null>;
type Zlib = (packed: InputType, options: ZlibOptions) => Promise<Buffer>;

const by =
  (unpack: Zlib): Unpack =>
  (packed, maxOutputLength) =>
    unpack(packed, { maxOutputLength });
const zlib = by(promisify<InputType, ZlibOptions, Buffer>(inflate));
const raw = by(promisify<InputType, ZlibOptions, Buffer>(inflateRaw));

/** The two bytes at the start of zlib's format (RFC 1950, section 2.2). Some clients send bare deflate under the same name. */
const hasZlibHead = (packed: Buffer) =>
  packed.length >= 2 && ((packed[0] ?? 0) & 0x0f) === 8 && packed.readUInt16BE(0) % 31 === 0;

const UNPACK: Record<string, Unpack> = {
  gzip: by(promisify<InputType, ZlibOptions, Buffer>(gunzip)),
  br: by(promisify<InputType, ZlibOptions, Buffer>(brotliDecompress)),
  deflate: (packed, lengthMax) => (hasZlibHead(packed) ? zlib : raw)(packed, lengthMax),
  zstd: unzstd,
};
/** What a client may send, as Accept-Encoding has it. */
export const ENCODINGS_TAKEN = Object.keys(UNPACK).join(', ');

/** The encoding of a body; null: as it is. */
export function encodingOf(header: string | undefined): string | null {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  return name === 'x-gzip' ? 'gzip' : name;
}

/** 415: a body in an encoding that is not taken. */
export class EncodingNotTaken extends Told {
  constructor(encoding: string) {
    super(
      415,
      'unsupported_content_encoding',
      `The Content-Encoding "${encoding.slice(0, 50)}" is not taken; send ${ENCODINGS_TAKEN}, or none.`,
    );
  }
}

/** 415: a body of a type that is not taken. */
export class TypeNotTaken extends Told {
  constructor({ 'content-type': type }: IncomingHttpHeaders) {
    const what = type ? `The Content-Type "${type.slice(0, 100)}" is not taken` : 'There is no Content-Type';
    super(415, 'unsupported_media_type', `${what}; send application/json.`);
  }
}

/**
 * A packed body, unpacked in no more than `lengthMax` bytes.
 *
 * @throws an error with its status: 415 for an encoding that is not taken, 413 for a body that is too large unpacked, 400 for a broken one
 */
export async function unpackBody(packed: Buffer, encoding: string, lengthMax: number): Promise<Buffer> {
  const unpack = Object.hasOwn(UNPACK, encoding) ? UNPACK[encoding] : undefined;
  if (!unpack) throw new EncodingNotTaken(encoding);
  try {
    const body = await unpack(packed, lengthMax);
    if (body) return body;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Told(413, 'body_too_large', `Unpacked, the body is larger than ${lengthMax} bytes.`);
  }
  const orLarger = encoding === 'zstd' ? `, or larger than ${lengthMax} bytes when it is unpacked` : '';
  throw new Invalid(`The body is not valid ${encoding}${orLarger}.`);
}
