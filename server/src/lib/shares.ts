import { Told } from './told.js';

/** Everything that may run at once runs already. */
export class Busy extends Told {
  constructor(message: string, retryAfterSeconds: number) {
    super(503, 'busy', message, retryAfterSeconds);
  }
}

/**
 * What only so many may use at once, with a share for each owner: a tenant that takes all of its share leaves the rest to the
 * others.
 */
export class Shares<Owner> {
  #taken = 0;
  readonly #of = new Map<Owner, number>();

  /**
   * @param limits.total most that are taken at once
   * @param limits.each most of one owner
   */
  constructor(private readonly limits: { total: number; each: number }) {}

  get taken(): number {
    return this.#taken;
  }

  /** Whether the owner may take so many more. */
  hasRoom(owner: Owner, count = 1): boolean {
    return this.#taken + count <= this.limits.total && this.takenBy(owner) + count <= this.limits.each;
  }

  takenBy(owner: Owner): number {
    return this.#of.get(owner) ?? 0;
  }

  /** Takes one, whatever the limits: for whoever asked `hasRoom`. Returns what gives it back, once. */
  take(owner: Owner): () => void {
    this.#taken++;
    this.#of.set(owner, this.takenBy(owner) + 1);
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      this.#taken--;
      const left = this.takenBy(owner) - 1;
      if (left > 0) this.#of.set(owner, left);
      else this.#of.delete(owner);
    };
  }

  /**
   * Does the work while the owner has one.
   *
   * @throws Busy at once, when there is none
   */
  async during<T>(
    owner: Owner,
    busy: { message: string; retryAfterSeconds: number },
    work: () => Promise<T>,
  ): Promise<T> {
    if (!this.hasRoom(owner)) throw new Busy(busy.message, busy.retryAfterSeconds);
    const giveBack = this.take(owner);
    try {
      return await work();
    } finally {
      giveBack();
    }
  }
}
