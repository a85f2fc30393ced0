import { Told } from '../lib/told.js';

/** Works of one source that may wait. */
const WAITING_EACH_MAX = 4;
/** Sources that may wait at once. */
const SOURCES_MAX = 1_000;

/** More tries at once than this node takes. */
export class TooManyTries extends Told {
  constructor() {
    super(429, 'too_many_tries', 'Too many sign-ins at once. Try again.', 1);
  }
}

/**
 * One work at a time, in turn by where it comes from: whoever sends many waits for themselves, not others for them. For hashing
 * passwords, which takes a core for tens of milliseconds.
 */
export class FairQueue {
  readonly #waiting = new Map<string, (() => void)[]>();
  #isRunning = false;

  /** Does the work when it is this source's turn. Throws `TooManyTries` at once when too many wait. */
  async run<T>(source: string, work: () => Promise<T>): Promise<T> {
    if (this.#isRunning) await this.#turn(source);
    this.#isRunning = true;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(source: string): Promise<void> {
    const own = this.#waiting.get(source);
    if ((own?.length ?? 0) >= WAITING_EACH_MAX || (!own && this.#waiting.size >= SOURCES_MAX))
      throw new TooManyTries();
    return new Promise((resolve) => {
      if (own) own.push(resolve);
      else this.#waiting.set(source, [resolve]);
    });
  }

  /** Hands the turn on to the source that has waited longest since its last one. */
  #next(): void {
    const [first] = this.#waiting;
    if (!first) {
      this.#isRunning = false;
      return;
    }
    const [source, works] = first;
    this.#waiting.delete(source);
    const go = works.shift();
    if (works.length > 0) this.#waiting.set(source, works);
    go?.();
  }
}
