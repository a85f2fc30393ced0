import type { VelocityRequest } from './guard.js';

/** Subjects and windows kept at most; beyond it the oldest go, and count anew. */
const BUCKETS_MAX = 1_000_000;
const SWEEP_MAX = 5_000;
/** A bucket keeps at most this many times `countMax` clicks: past it, every click in it is over the limit anyway. */
const KEEP_FACTOR = 4;

interface Bucket {
  /** Time of each click by its id. */
  times: Map<string, number>;
  expiresAtMs: number;
}

/**
 * Exact counts over a sliding window of the clicks' own time. The clicks of a subject are kept in buckets as long as
 * the window, so that any window touches two; a click sent again has the same id and counts once.
 */
export class SlidingWindows {
  readonly #buckets = new Map<string, Bucket>();

  /** Adds a click and returns how many the subject has in `(atMs - windowMs, atMs]`, this one included. */
  add(subject: string, clickId: string, atMs: number, velocity: VelocityRequest, nowMs: number): number {
    const { windowMs, countMax } = velocity;
    const index = Math.floor(atMs / windowMs);
    const bucket = this.#touch(`${subject}\n${index}`, nowMs + 3 * windowMs);
    if (bucket.times.size < KEEP_FACTOR * countMax) bucket.times.set(clickId, atMs);
    const before = this.#buckets.get(`${subject}\n${index - 1}`);
    let count = bucket.times.has(clickId) ? 0 : 1;
    for (const times of [bucket.times, before?.times ?? []])
      for (const [, time] of times) if (time > atMs - windowMs && time <= atMs) count++;
    return count;
  }

  remove(subject: string, clickId: string, atMs: number, { windowMs }: VelocityRequest): void {
    this.#buckets.get(`${subject}\n${Math.floor(atMs / windowMs)}`)?.times.delete(clickId);
  }

  sweep(nowMs: number): void {
    let dropped = 0;
    for (const [id, bucket] of this.#buckets) {
      if ((bucket.expiresAtMs > nowMs && this.#buckets.size <= BUCKETS_MAX) || dropped++ >= SWEEP_MAX) return;
      this.#buckets.delete(id);
    }
  }

  #touch(id: string, expiresAtMs: number): Bucket {
    let bucket = this.#buckets.get(id);
    if (bucket) return bucket;
    bucket = { times: new Map(), expiresAtMs };
    this.#buckets.set(id, bucket);
    return bucket;
  }
}
