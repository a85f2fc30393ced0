/**
 * A bounded cache for pure, string-keyed lookups of the hot path, close to least-recently-used.
 *
 * Two generations instead of a linked list: what is used moves to the young map; when that holds half the maximum it
 * becomes the old one and the old one is let go. A hit costs one `Map.get`, nothing is ever deleted one by one, and
 * an entry used at least once in every `entriesMax / 2` distinct keys stays. An attacker who sends ever new keys only
 * makes it miss.
 */
export class BoundedCache<V> {
  readonly #generationMax: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  /** `entriesMax`: most entries held at any time. */
  constructor(entriesMax: number) {
    if (!Number.isSafeInteger(entriesMax) || entriesMax < 2)
      throw new RangeError('entriesMax must be at least 2');
    this.#generationMax = Math.floor(entriesMax / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The value of a key, computed on a miss. `compute` must be pure. */
  get(key: string, compute: (key: string) => V): V {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    const kept = copyOf(key);
    const value = old === undefined ? compute(kept) : old;
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(kept, value);
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
