import type { VelocityRequest } from './guard.js';
import { ExpiringRecords, type RecordKey } from './records.js';

/** Subjects and windows kept at most; beyond it the oldest go, and count anew. */
const BUCKETS_MAX = 4_000_000;
/** Buckets made in the running span and three before: two windows, and a late click's grace. */
const SPANS_KEPT = 3;

// A bucket's words: number of its clicks, its newest click (node + 1; 0: none).
const SIZE = 0;
const HEAD = 1;
const BUCKET_WORDS = 2;

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

  /** Makes a node that is linked no more a new one. */
  reuse(node: number, atMs: number, id: RecordKey): void {
    const index = node - 1;
    const within = index % NODES_A_CHUNK;
    const chunk = Math.floor(index / NODES_A_CHUNK);
    (this.#times[chunk] as Float64Array)[(within * NODE_WORDS) / 2] = atMs;
    const words = this.#words[chunk] as Uint32Array;
    words[within * NODE_WORDS + ID] = id[0];
    words[within * NODE_WORDS + ID + 1] = id[1];
  }

  link(node: number, next: number): void {
    const index = node - 1;
    const words = this.#words[Math.floor(index / NODES_A_CHUNK)] as Uint32Array;
    words[(index % NODES_A_CHUNK) * NODE_WORDS + NEXT] = next;
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
 * Counts over a sliding window of the clicks' own time: exact up to `countMax`, at least that beyond it, in whatever order
 * the clicks come. The clicks of a subject are kept in buckets as long as the window, newest first, so that a window
 * touches two: the end of the elder, and the start of the younger. So of a full bucket (`countMax` twice, and one) the
 * `countMax` newest and the `countMax` oldest are enough, and the one in the middle makes room: whatever was sent before, no time of the bucket
 * is left without its count. A click sent again has the same id and counts once.
 */
export class SlidingWindows {
  readonly #buckets: ExpiringRecords<Nodes>;
  /** Whether the last `add` added a click that was not there. */
  hasAdded = false;

  /** @param windowMsMax the longest window that these tables keep long enough */
  constructor(readonly windowMsMax: number) {
    this.#buckets = new ExpiringRecords<Nodes>({
      recordWords: BUCKET_WORDS,
      spanMs: windowMsMax,
      spansKept: SPANS_KEPT,
      recordsMax: BUCKETS_MAX,
      makeExtra: () => new Nodes(),
    });
  }

  /** Adds a click and returns how many the subject has in `(atMs - windowMs, atMs]`, this one included. */
  add(subject: RecordKey, id: RecordKey, atMs: number, velocity: VelocityRequest, nowMs: number): number {
    const { windowMs, countMax } = velocity;
    const index = Math.floor(atMs / windowMs);
    let count = 0;
    if (this.#buckets.find(subject, index - 1)) {
      const nodes = this.#buckets.extra as Nodes;
      for (
        let node = this.#word(HEAD);
        node !== 0 && nodes.time(node) > atMs - windowMs;
        node = nodes.next(node)
      )
        count++;
    }
    let isThere = false;
    /** The newest node that is not newer than the click, and the one before it. */
    let after = 0;
    let before = 0;
    let middle = 0;
    let beforeMiddle = 0;
    if (this.#buckets.find(subject, index)) {
      const nodes = this.#buckets.extra as Nodes;
      let previous = 0;
      let rank = 0;
      for (let node = this.#word(HEAD); node !== 0; previous = node, node = nodes.next(node), rank++) {
        if (nodes.time(node) <= atMs) {
          count++;
          if (after === 0) {
            after = node;
            before = previous;
          }
        }
        if (nodes.isOf(node, id)) isThere = true;
        if (rank === countMax) {
          middle = node;
          beforeMiddle = previous;
        }
      }
      if (after === 0) before = previous;
    } else this.#buckets.insert(nowMs);
    this.hasAdded = !isThere;
    if (isThere) return count;
    this.#insert(id, atMs, { before, after, middle, beforeMiddle, isFull: this.#word(SIZE) > 2 * countMax });
    return count + 1;
  }

  /** Puts a click in its place; a full bucket gives its middle for it. */
  #insert(
    id: RecordKey,
    atMs: number,
    place: { before: number; after: number; middle: number; beforeMiddle: number; isFull: boolean },
  ): void {
    const { words, at } = this.#buckets;
    const nodes = this.#buckets.extra as Nodes;
    let { before, after } = place;
    let node: number;
    if (place.isFull) {
      node = place.middle;
      const next = nodes.next(node);
      if (place.beforeMiddle === 0) words[at + HEAD] = next;
      else nodes.link(place.beforeMiddle, next);
      if (after === node) after = next;
      if (before === node) before = place.beforeMiddle;
      nodes.reuse(node, atMs, id);
      nodes.link(node, after);
    } else {
      node = nodes.add(atMs, id, after);
      words[at + SIZE] = this.#word(SIZE) + 1;
    }
    if (before === 0) words[at + HEAD] = node;
    else nodes.link(before, node);
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
