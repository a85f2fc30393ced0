import { networkOf } from './network.js';
import { TokenBucket } from './rate-limit.js';

/** Tries of one network: ten at once, and ten a minute. */
const TRIES_PER_MINUTE = 10;
/** Networks remembered; beyond it the oldest is forgotten. */
const NETWORKS_MAX = 10_000;
const MINUTE_MS = 60_000;

/** Slows whoever tries many accounts from one network, on this node. What slows tries of one account is in the ledger. */
export class TryLimit {
  readonly #buckets = new Map<string, TokenBucket>();

  /** Whether this address, and with it all of its network, may try once more now. */
  take(address: string, nowMs: number): boolean {
    const network = networkOf(address);
    const known = this.#buckets.get(network);
    // A bucket's second is a minute here.
    const bucket = known ?? new TokenBucket(TRIES_PER_MINUTE, (nowMs * 1_000) / MINUTE_MS);
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > NETWORKS_MAX && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take((nowMs * 1_000) / MINUTE_MS);
  }
}
