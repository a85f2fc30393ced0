import { LRUCache } from 'lru-cache';
import { networkOf } from './network.js';
import { TokenBucket } from './rate-limit.js';

/** Tries of one network: ten at once, and ten a minute. */
const TRIES_PER_MINUTE = 10;
/** Networks remembered; beyond it the one that tried longest ago is forgotten. */
const NETWORKS_MAX = 10_000;
const MINUTE_MS = 60_000;

/** Slows whoever tries many accounts from one network, on this node. What slows tries of one account is in the ledger. */
export class TryLimit {
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: NETWORKS_MAX });

  /** Whether this address, and with it all of its network, may try once more now. */
  take(address: string, nowMs: number): boolean {
    const network = networkOf(address);
    // A bucket's second is a minute here.
    const bucketMs = (nowMs * 1_000) / MINUTE_MS;
    const bucket = this.#buckets.get(network) ?? new TokenBucket(TRIES_PER_MINUTE, bucketMs);
    this.#buckets.set(network, bucket);
    return bucket.take(bucketMs);
  }
}
