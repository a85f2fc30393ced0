/** Spans that are told apart, one bit of a byte each. */
const BITS = 8;

/**
 * Which spans may hold a key: a Bloom filter of one hash for eight spans at once. Most look-ups are of keys that are nowhere, and
 * each span asked would be another place in memory, far from the last; one byte here rules nearly all of them out.
 */
export class SpanFilter {
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #mask: number;
  #next = 0;

  /** @param keysMax about so many keys may be held in all spans together: with more, more are asked for nothing */
  constructor(keysMax: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(keysMax, 4)));
    this.#bytes = new Uint8Array(size);
    this.#words = new Uint32Array(this.#bytes.buffer);
    this.#mask = size - 1;
  }

  /** The bit of a new span. With more than eight spans some share theirs. */
  nextBit(): number {
    return 1 << (this.#next++ % BITS);
  }

  /** The bits of the spans that may hold a key with this hash. */
  bitsOf(hash: number): number {
    return this.#bytes[hash & this.#mask] as number;
  }

  add(hash: number, bit: number): void {
    const at = hash & this.#mask;
    this.#bytes[at] = (this.#bytes[at] as number) | bit;
  }

  /** Takes a span's bit from all keys, four at a time. Memory that no key has touched is only read. */
  forget(bit: number): void {
    const words = this.#words;
    const bits = bit * 0x0101_0101;
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      if ((word & bits) !== 0) words[i] = word & ~bits;
    }
  }
}
