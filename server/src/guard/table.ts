/** Words of 32 bits in a key. */
export const KEY_WORDS = 4;
/** A table is full when this share of its slots is taken: longer runs of taken slots would cost more to walk. */
export const FULL_SHARE = 0.6;

/**
 * One block of slots, open addressing. A slot is its key and then the record's words. Beside them a byte a slot, 0 when it is free,
 * else some bits of the key: a look-up that finds nothing, as most do, reads the bytes alone, which fit a processor's cache.
 */
export class Table {
  readonly words: Uint32Array;
  readonly slotsLog2: number;
  readonly #tags: Uint8Array;
  readonly #mask: number;
  readonly #stride: number;
  #taken = 0;

  constructor(slotsLog2: number, recordWords: number) {
    this.slotsLog2 = slotsLog2;
    this.#stride = KEY_WORDS + recordWords;
    this.#mask = 2 ** slotsLog2 - 1;
    this.#tags = new Uint8Array(2 ** slotsLog2);
    this.words = new Uint32Array(2 ** slotsLog2 * this.#stride);
  }

  get isFull(): boolean {
    return this.#taken > this.#mask * FULL_SHARE;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Place of the record's first word; -1 when the key isn't there. */
  find(key: Uint32Array): number {
    const { words } = this;
    const tags = this.#tags;
    const mask = this.#mask;
    const tag = tagOf(key);
    for (let slot = (key[0] as number) & mask; ; slot = (slot + 1) & mask) {
      const found = tags[slot];
      if (found === 0) return -1;
      if (found !== tag) continue;
      const at = slot * this.#stride;
      if (
        words[at] === key[0] &&
        words[at + 1] === key[1] &&
        words[at + 2] === key[2] &&
        words[at + 3] === key[3]
      )
        return at + KEY_WORDS;
    }
  }

  /** Takes a slot for a key that isn't there; the record is all zeros. */
  insert(key: Uint32Array): number {
    const { words } = this;
    const tags = this.#tags;
    let slot = (key[0] as number) & this.#mask;
    while (tags[slot] !== 0) slot = (slot + 1) & this.#mask;
    tags[slot] = tagOf(key);
    const at = slot * this.#stride;
    for (let word = 0; word < KEY_WORDS; word++) words[at + word] = key[word] as number;
    for (let word = KEY_WORDS; word < this.#stride; word++) words[at + word] = 0;
    this.#taken++;
    return at + KEY_WORDS;
  }

  /** Forgets all records. */
  clear(): void {
    this.#tags.fill(0);
    this.#taken = 0;
  }
}

/** Bits of a key that choose no slot; never 0. */
const tagOf = (key: Uint32Array) => (key[1] as number) >>> 24 || 1;
