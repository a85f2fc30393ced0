/**
 * Work of many owners, at most so much of each at once: what an owner asks beyond that waits behind its own, in order, and leaves
 * others alone.
 */
export class Turns<Owner> {
  /** Who has work running, with what waits behind it. */
  readonly #owners = new Map<Owner, { running: number; waiting: (() => void)[] }>();

  /** @param eachMax most work of one owner that runs at once */
  constructor(private readonly eachMax: number) {}

  /** Does the work when it is its turn. Rejects as the work does. */
  async during<T>(owner: Owner, work: () => Promise<T>): Promise<T> {
    const own = this.#owners.get(owner) ?? { running: 0, waiting: [] };
    this.#owners.set(owner, own);
    // Whoever ends hands its place on: it never counts as free meanwhile.
    if (own.running >= this.eachMax) await new Promise<void>((resolve) => own.waiting.push(resolve));
    else own.running++;
    try {
      return await work();
    } finally {
      const next = own.waiting.shift();
      if (next) next();
      else if (--own.running === 0) this.#owners.delete(owner);
    }
  }
}
