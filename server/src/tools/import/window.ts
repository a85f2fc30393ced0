/**
 * At most a few batches at work at once. `add` waits for a free place, which is what holds the reader back. The first
 * failure stops it: every later `add` throws it.
 */
export class BatchWindow<T> {
  readonly #inFlightMax: number;
  readonly #work: (batch: T) => Promise<void>;
  readonly #inFlight = new Set<Promise<void>>();
  #failure: { error: unknown } | null = null;

  constructor(inFlightMax: number, work: (batch: T) => Promise<void>) {
    this.#inFlightMax = inFlightMax;
    this.#work = work;
  }

  /** Starts work on a batch, once there is a place. */
  async add(batch: T): Promise<void> {
    while (this.#inFlight.size >= this.#inFlightMax) await Promise.race(this.#inFlight);
    this.throwIfFailed();
    const running: Promise<void> = this.#work(batch)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#inFlight.delete(running));
    this.#inFlight.add(running);
  }

  /** Waits for all that was started; never rejects. */
  async settle(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
