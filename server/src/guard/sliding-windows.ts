import type { VelocityRequest } from './guard.js';
import { ExpiringRecords, type RecordKey } from './records.js';

/** Subjects and windows kept at most; beyond it the oldest go, and count anew. */
const BUCKETS_MAX = 4_000_000;
const SPAN_MS = 60_000;
/** Buckets made in the running minute and three before: two windows of a minute, and a late click's grace. */
const SPANS_KEPT = 3;
/** A bucket keeps at most this many times `countMax` clicks: past it, every click in it is over the limit anyway. */
const KEEP_FACTOR = 4;

// A bucket's words: 1, number of its clicks, its newest click (node + 1; 0: none).
const TAKEN = 0;
const SIZE = 1;
const HEAD = 2;
const BUCKET_WORDS = 3;

// A node is one click of a bucket: time, next node + 1, two words of its id's key (64 bits of a keyed hash: a client
// chooses ids, and must not make two clicks look like one).
const NODE_WORDS = 6;
const NEXT = 2;
const ID = 4;
const NODES_A_CHUNK = 32_768;

/** The clicks of the buckets of one span, as linked lists in large arrays. */
class Nodes {
  readonly #words: Uint32Array[] = [];
  readonly #times: Float64Array[] = [];
  #count = 0;

  add(atMs: number, id: RecordKey, next: number): number {
    const node = this.#count++;
    const within = node % NODES_A_CHUNK;
    if (within === 0) {
      const words = new Uint32Array(NODES_A_CHUNK * NODE_WORDS);
      this.#words.push(words);
      this.#times.push(new Float64Array(words.buffer));
    }
    const words = this.#words.at(-1) as Uint32Array;
    (this.#times.at(-1) as Float64Array)[(within * NODE_WORDS) / 2] = atMs;
    words[within * NODE_WORDS + NEXT] = next;
    words[within * NODE_WORDS + ID] = id[0];
    words[within * NODE_WORDS + ID + 1] = id[1];
    return node + 1;
  }

  time(node: number): number {
    const index = node - 1;
    const times = this.#times[Math.floor(index / NODES_A_CHUNK)] as Float64Array;
    return times[((index % NODES_A_CHUNK) * NODE_WORDS) / 2] as number;
  }

  next(node: number): number {
    return this.#word(node, NEXT);
  }

  unlink(previous: number, node: number): void {
    const index = previous - 1;
    const words = this.#words[Math.floor(index / NODES_A_CHUNK)] as Uint32Array;
    words[(index % NODES_A_CHUNK) * NODE_WORDS + NEXT] = this.next(node);
  }

  isOf(node: number, id: RecordKey): boolean {
    return this.#word(node, ID) === id[0] >>> 0 && this.#word(node, ID + 1) === id[1] >>> 0;
  }

  #word(node: number, offset: number): number {
    const index = node - 1;
    const words = this.#words[Math.floor(index / NODES_A_CHUNK)] as Uint32Array;
    return words[(index % NODES_A_CHUNK) * NODE_WORDS + offset] as number;
  }
}

/**
 * Exact counts over a sliding window of the clicks' own time. The clicks of a subject are kept in buckets as long as
 * the window, so that any window touches two; a click sent again has the same id and counts once.
 */
export class SlidingWindows {
  readonly #buckets = new ExpiringRecords<Nodes>({
    recordWords: BUCKET_WORDS,
    spanMs: SPAN_MS,
    spansKept: SPANS_KEPT,
    recordsMax: BUCKETS_MAX,
    makeExtra: () => new Nodes(),
  });

  /** Adds a click and returns how many the subject has in `(atMs - windowMs, atMs]`, this one included. */
  add(subject: RecordKey, id: RecordKey, atMs: number, velocity: VelocityRequest, nowMs: number): number {
    const { windowMs, countMax } = velocity;
    const index = Math.floor(atMs / windowMs);
    let count = 0;
    if (this.#buckets.find(subject, index - 1)) {
      const nodes = this.#buckets.extra as Nodes;
      for (let node = this.#word(HEAD); node !== 0; node = nodes.next(node)) {
        const time = nodes.time(node);
        if (time > atMs - windowMs && time <= atMs) count++;
      }
    }
    let isThere = false;
    if (this.#buckets.find(subject, index)) {
      const nodes = this.#buckets.extra as Nodes;
      for (let node = this.#word(HEAD); node !== 0; node = nodes.next(node)) {
        const time = nodes.time(node);
        if (time > atMs - windowMs && time <= atMs) count++;
        if (nodes.isOf(node, id)) isThere = true;
      }
    } else {
      this.#buckets.insert(nowMs);
      this.#buckets.words[this.#buckets.at + TAKEN] = 1;
    }
    if (isThere) return count;
    const { words, at, extra } = this.#buckets;
    if (this.#word(SIZE) < KEEP_FACTOR * countMax) {
      words[at + HEAD] = (extra as Nodes).add(atMs, id, this.#word(HEAD));
      words[at + SIZE] = this.#word(SIZE) + 1;
    }
    return count + 1;
  }

  /** Takes a click out again: its commit failed. */
  remove(subject: RecordKey, id: RecordKey, atMs: number, { windowMs }: VelocityRequest): void {
    if (!this.#buckets.find(subject, Math.floor(atMs / windowMs))) return;
    const { words, at } = this.#buckets;
    const nodes = this.#buckets.extra as Nodes;
    let previous = 0;
    for (let node = this.#word(HEAD); node !== 0; previous = node, node = nodes.next(node)) {
      if (!nodes.isOf(node, id)) continue;
      if (previous === 0) words[at + HEAD] = nodes.next(node);
      else nodes.unlink(previous, node);
      words[at + SIZE] = this.#word(SIZE) - 1;
      return;
    }
  }

  #word(offset: number): number {
    return this.#buckets.words[this.#buckets.at + offset] as number;
  }
}
