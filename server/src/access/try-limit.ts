import { TokenBucket } from './rate-limit.js';

/** Tries of one address: ten at once, and ten a minute. */
const TRIES_PER_MINUTE = 10;
/** Addresses remembered; beyond it the oldest is forgotten. */
const ADDRESSES_MAX = 10_000;
const MINUTE_MS = 60_000;

/** Slows whoever tries many accounts from one address, on this node. What slows tries of one account is in the ledger. */
export class TryLimit {
  readonly #buckets = new Map<string, TokenBucket>();

  /** Whether this address may try once more now. */
  take(address: string, nowMs: number): boolean {
    const known = this.#buckets.get(address);
    // A bucket's second is a minute here.
    const bucket = known ?? new TokenBucket(TRIES_PER_MINUTE, (nowMs * 1_000) / MINUTE_MS);
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > ADDRESSES_MAX && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take((nowMs * 1_000) / MINUTE_MS);
  }
}
