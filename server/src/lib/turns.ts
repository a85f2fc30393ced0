import pLimit, { type LimitFunction } from 'p-limit';

/**
 * Work of many owners, at most so much of each at once: what an owner asks beyond that waits behind its own, in order, and leaves
 * others alone.
 */
export class Turns<Owner> {
  /** Of owners who have work. */
  readonly #limits = new Map<Owner, LimitFunction>();

  /** @param eachMax most work of one owner that runs at once */
  constructor(private readonly eachMax: number) {}

  /** Does the work when it is its turn. Rejects as the work does. */
  async during<T>(owner: Owner, work: () => Promise<T>): Promise<T> {
    const limit = this.#limits.get(owner) ?? pLimit(this.eachMax);
    this.#limits.set(owner, limit);
    try {
      return await limit(work);
    } finally {
      if (limit.activeCount + limit.pendingCount === 0) this.#limits.delete(owner);
    }
  }

  /** Resolves when it is the owner's turn, with what ends the turn, once. */
  take(owner: Owner): Promise<() => void> {
    return new Promise((resolve) => {
      void this.during(owner, () => new Promise<void>((end) => resolve(end)));
    });
  }
}
