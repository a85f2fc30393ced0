import { ImportError } from './records.js';

/** Most distinct records in one file. Needs a table of 402 MB; 12 to 33 bytes a record. */
export const DISTINCT_RECORDS_MAX = 25_000_000;

const SLOTS_MIN = 1 << 12;
/** Fuller tables make long probes. */
const LOAD_MAX = 0.75;
/** 32-bit words of a slot: 64 bits of the hash, then the count; a count of 0 is a free slot. */
const WORDS = 3;

/**
 * Counts how often each record of a file was seen, in a flat open-addressing table instead of a Map, which would take
 * five to ten times the memory.
 *
 * It knows a record by 64 bits of its SHA-256. Two different ones with the same bits (a chance of 2 in 100,000 for
 * 25 million records) are still two clicks; only the same file in another order could then give them other ids.
 */
export class OccurrenceCounter {
  readonly #distinctMax: number;
  #slots = SLOTS_MIN;
  #table = new Uint32Array(SLOTS_MIN * WORDS);
  #distinct = 0;

  constructor(distinctMax: number = DISTINCT_RECORDS_MAX) {
    this.#distinctMax = distinctMax;
  }

  get bytes(): number {
    return this.#table.byteLength;
  }

  /** The number of this occurrence, from 1. `hash` is the record's SHA-256. */
  count(hash: Buffer): number {
    const low = hash.readUInt32LE(0);
    const high = hash.readUInt32LE(4);
    const at = this.#find(low, high);
    const seen = this.#table[at + 2] ?? 0;
    if (seen === 0) {
      if (this.#distinct >= this.#distinctMax) {
        throw new ImportError(
          `More than ${this.#distinctMax} distinct records in one file; split it by time and import the parts. ` +
            'What was imported already is not counted again',
        );
      }
      this.#distinct += 1;
    }
    this.#table[at] = low;
    this.#table[at + 1] = high;
    this.#table[at + 2] = seen + 1;
    if (this.#distinct > this.#slots * LOAD_MAX) this.#grow();
    return seen + 1;
  }

  /** Index of the slot of these bits, or of the free one they belong to: linear probing. */
  #find(low: number, high: number): number {
    const table = this.#table;
    const mask = this.#slots - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      if (table[at + 2] === 0 || (table[at] === low && table[at + 1] === high)) return at;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#slots *= 2;
    this.#table = new Uint32Array(this.#slots * WORDS);
    for (let from = 0; from < old.length; from += WORDS) {
      const count = old[from + 2] ?? 0;
      if (count === 0) continue;
      const low = old[from] ?? 0;
      const high = old[from + 1] ?? 0;
      this.#table.set([low, high, count], this.#find(low, high));
    }
  }
}
