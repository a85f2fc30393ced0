import type { CounterReading, CounterRequest, VelocityRequest } from '../click/counters.js';

/**
 * The guard remembers, for five minutes, which idempotency keys and click ids were seen, and how fast each address
 * and user clicks. It is a hint: what it forgets, the ledger's unique constraint still catches.
 *
 * A mark has two states. It is *pending* from `look` until the ledger has committed, and *committed* after `settle`.
 *
 *     (none) ──look──▶ pending ──settle──▶ committed ──5 min──▶ (none)
 *                         │
 *                         └──release──▶ (none)      the commit failed
 *
 * Only a committed mark may answer a repeat. Two implementations, `RedisGuard` and `MemoryGuard`, pass one
 * contract test suite (`guard.contract.ts`).
 */
export interface Guard {
  /**
   * Looks a whole batch up and marks what is new as pending, in one round trip.
   * The answer is in the order of the requests. Rejects with `GuardUnavailable` when the store does not answer in time.
   */
  look(requests: readonly GuardRequest[], nowMs: number): Promise<GuardAnswer[]>;
  /** Reads one idempotency key's mark, without marking: for waiting on a first request on another node. */
  peekKey(key: KeyRef): Promise<Mark<StoredReply> | null>;
  /** After the commit, in the background: turns pending marks into committed ones. */
  settle(settled: readonly Settled[], increments?: readonly CounterIncrement[]): Promise<void>;
  /**
   * After a failed commit or a refusal: takes back this node's pending marks, and the velocity counts of the requests. The
   * caller leaves out velocities that its own look did not add (`added`): they are another request's.
   */
  release(requests: readonly GuardRequest[]): Promise<void>;
  /** Resolves when the store answers, rejects with `GuardUnavailable` when not. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface KeyRef {
  tenantId: number;
  key: string;
}

/** One HTTP request of a batch: its idempotency key, if any, and its clicks. */
export interface GuardRequest {
  tenantId: number;
  /** `bodyHash`: at most 24 characters of Latin-1. */
  idempotency: { key: string; bodyHash: string } | null;
  clicks: readonly GuardClick[];
}

export interface GuardClick {
  clickId: string;
  /** False for ids that no other request can carry, or only under the same idempotency key: no mark is needed. */
  mayRepeat: boolean;
  clickedAtMs: number;
  /** Each velocity to count, e.g. `{ name: 'ip', subject: ipHash, windowMs: 60_000, countMax: 101 }`. */
  velocities: readonly VelocityRequest[];
  /** A slow counter to read; null: none. */
  counter: CounterRequest | null;
}

/** Committed clicks to be added to a counter. */
export interface CounterIncrement extends CounterRequest {
  tenantId: number;
  clickedAtMs: number;
  count: number;
}

export interface Mark<T> {
  state: 'pending' | 'committed';
  /** Node that set it. */
  node: string;
  /** When the node set it, by the node's clock. */
  setAtMs: number;
  value: T;
}

/** What a key's mark holds; `reply` is null while pending, or when it was too long to keep. */
export interface StoredReply {
  bodyHash: string;
  reply: string | null;
}

/** What a click id's mark holds, once committed. */
export interface StoredClick {
  isFraudulent: boolean;
}

export interface GuardAnswer {
  /** The mark that was there already for the key; null when it is new, and now pending under this node. */
  key: Mark<StoredReply> | null;
  clicks: GuardClickAnswer[];
}

export interface GuardClickAnswer {
  /** The mark that was there already for the id; null when it is new (now pending) or cannot repeat. */
  mark: Mark<StoredClick> | null;
  /**
   * For each velocity asked for, in order: the clicks of that subject in the window that ends at this click's own
   * time, this click included. A click id counts once, however often it is sent: a repeat never counts.
   */
  counts: number[];
  /** For each velocity: whether this look added the click, so that it may be rolled back. */
  added: boolean[];
  counter: CounterReading | null;
}

/** A request whose clicks are committed (or were before), with the reply that was given. */
export interface Settled {
  tenantId: number;
  idempotency: { key: string; bodyHash: string; reply: string } | null;
  clicks: readonly { clickId: string; isFraudulent: boolean }[];
}

/** The guard's store is away or too slow. Ingestion goes on without it. */
export class GuardUnavailable extends Error {
  override name = 'GuardUnavailable';
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** What a counter says, out of its minute, its hour and the hour before. */
export function toReading(atMs: number, minute: number, hour: number, hourBefore: number): CounterReading {
  const left = 1 - (atMs - Math.floor(atMs / HOUR_MS) * HOUR_MS) / HOUR_MS;
  return { minute, hour: hour + hourBefore * left };
}

/** How long marks are kept. */
export const MARK_TTL_MS = 5 * 60_000;
/** A longer reply is not kept with its key; a repeat then falls through to the click ids. In characters. */
export const REPLY_LENGTH_MAX = 256 * 1_024;
