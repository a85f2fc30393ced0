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
    const turn = this.#enter(owner);
    if (turn) await turn;
    try {
      return await work();
    } finally {
      this.#leave(owner);
    }
  }

  /** Resolves when it is the owner's turn, with what ends the turn, once. */
  async take(owner: Owner): Promise<() => void> {
    await this.#enter(owner);
    let hasEnded = false;
    return () => {
      if (!hasEnded) this.#leave(owner);
      hasEnded = true;
    };
  }

  /** Null: it is the owner's turn now. */
  #enter(owner: Owner): Promise<void> | null {
    const own = this.#owners.get(owner) ?? { running: 0, waiting: [] };
    this.#owners.set(owner, own);
    if (own.running >= this.eachMax) return new Promise((resolve) => own.waiting.push(resolve));
    own.running++;
    return null;
  }

  #leave(owner: Owner): void {
    const own = this.#owners.get(owner);
    // Whoever ends hands its place on: it never counts as free meanwhile.
    const next = own?.waiting.shift();
    if (next) next();
    else if (own && --own.running === 0) this.#owners.delete(owner);
  }
}
