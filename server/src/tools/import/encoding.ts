import { isUtf8 } from 'node:buffer';
import { ImportError } from './records.js';
import { type ByteStream, peek } from './source.js';

/** As much of a file as its encoding is told by. */
const HEAD_BYTES = 64 * 1_024;
/** A letter of UTF-8 that takes more than one byte. */
const UTF8_LETTER = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/;

export interface Decoded {
  text: AsyncIterable<string>;
  /** As the WHATWG names it, e.g. `utf-8`, `windows-1252`. */
  encoding: string;
  /** Nobody named it, and it was told from the bytes: a guess. */
  isGuess: boolean;
}

/**
 * The text of a file.
 *
 * @param given its encoding by name (https://encoding.spec.whatwg.org/#names-and-labels); null to tell it from the first bytes: a byte
 *   order mark, the zeros of UTF-16, or bytes that are no UTF-8 and then Latin-1, which has a letter of its own for every byte
 */
export async function decode(stream: ByteStream, given: string | null): Promise<Decoded> {
  const { head, all } = await peek(stream, HEAD_BYTES);
  const decoder = decoderOf(given ?? encodingOf(head));
  const text = (async function* () {
    for await (const chunk of all) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  })();
  return { text, encoding: decoder.encoding, isGuess: given === null && decoder.encoding !== 'utf-8' };
}

function decoderOf(name: string) {
  try {
    return new TextDecoder(name);
  } catch (error) {
    throw new ImportError(
      `There is no encoding "${name.slice(0, 50)}"; try utf-8, utf-16le, windows-1252, shift_jis`,
      {
        cause: error,
      },
    );
  }
}

function encodingOf(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const [even, odd] = [countZeros(head, 0), countZeros(head, 1)] as const;
  if (odd > head.length / 4 && even === 0) return 'utf-16le';
  if (even > head.length / 4 && odd === 0) return 'utf-16be';
  // The last letter may be cut.
  const whole = head.subarray(0, Math.max(0, head.lastIndexOf(0x0a) + 1) || head.length);
  return isUtf8(whole) || UTF8_LETTER.test(whole.toString('latin1')) ? 'utf-8' : 'windows-1252';
}

function countZeros(head: Buffer, from: 0 | 1): number {
  let count = 0;
  for (let i = from; i < head.length; i += 2) if (head[i] === 0) count += 1;
  return count;
}
