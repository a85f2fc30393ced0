/**
 * Requests of one key on this node: `perSecond` on average, and as many at once. Without timers: what came back since the
 * last request is counted when the next one comes.
 */
export class TokenBucket {
  #tokens: number;
  #atMs: number;

  constructor(
    readonly perSecond: number,
    nowMs: number,
  ) {
    this.#tokens = perSecond;
    this.#atMs = nowMs;
  }

  /** Takes one request; false when there is none left. */
  take(nowMs: number): boolean {
    if (!this.hasOne(nowMs)) return false;
    this.#tokens--;
    return true;
  }

  /** Whether `take` would take one. */
  hasOne(nowMs: number): boolean {
    // A clock that was set back gives nothing.
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.perSecond, this.#tokens + (passedMs / 1_000) * this.perSecond);
    return this.#tokens >= 1;
  }

  /** Whole requests left. */
  get left(): number {
    return Math.floor(this.#tokens);
  }

  /** Seconds, rounded up, until it is full again. */
  get secondsUntilFull(): number {
    return Math.ceil((this.perSecond - this.#tokens) / this.perSecond);
  }
}
