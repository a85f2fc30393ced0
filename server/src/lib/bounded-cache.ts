import { LRUCache } from 'lru-cache';

/**
 * What a pure function answers to the texts that were asked for last, on the hot path. An attacker who sends ever new keys only makes
 * it miss.
 */
export class BoundedCache<V extends NonNullable<unknown>> {
  readonly #kept: LRUCache<string, V>;

  /** @param entriesMax most entries held at any time. Throws `TypeError` for less than one */
  constructor(entriesMax: number) {
    this.#kept = new LRUCache({ max: entriesMax });
  }

  get size(): number {
    return this.#kept.size;
  }

  /** The value of a key, computed on a miss. `compute` must be pure. */
  get(key: string, compute: (key: string) => V): V {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const kept = copyOf(key);
    const value = compute(kept);
    this.#kept.set(kept, value);
    return value;
  }
}

/**
 * A text's copy in memory of its own, for whoever keeps it. A text cut from a longer one (a 64 KB chunk of an imported file)
 * is a V8 slice that keeps all of that alive: 10,000 keys would hold 640 MB.
 */
export function copyOf(key: string): string {
  return JSON.parse(JSON.stringify(key)) as string;
}
