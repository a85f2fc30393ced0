import type { VelocityRequest } from '../click/counters.js';
import { ExpiringRecords, type RecordKey } from './records.js';

/** Subjects and windows kept at most; beyond it the oldest go, and count from zero. */
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
const CHUNK_LOG2 = 15;
const NODES_A_CHUNK = 2 ** CHUNK_LOG2;
/** Of the chunks that were used when nodes are emptied, so many stay at most: a minute of 10,000 clicks a second with three rules. */
const CHUNKS_KEPT_MAX = 56;

type Chunk = { words: Uint32Array; times: Float64Array };

/** The clicks of the buckets of one span, as linked lists in large arrays. One node is at hand at a time, see `goTo`. */
class Nodes {
  readonly #chunks: Chunk[] = [];
  #count = 0;
  // The node at hand.
  #words: Uint32Array = new Uint32Array(0);
  #times: Float64Array = new Float64Array(0);
  #at = 0;

  /** Makes a node, which is then at hand. */
  add(atMs: number, id: RecordKey, next: number): number {
    const node = ++this.#count;
    if ((node - 1) >>> CHUNK_LOG2 === this.#chunks.length) {
      const words = new Uint32Array(NODES_A_CHUNK * NODE_WORDS);
      this.#chunks.push({ words, times: new Float64Array(words.buffer) });
    }
    this.goTo(node);
    this.reuse(atMs, id, next);
    return node;
  }

  goTo(node: number): void {
    const index = node - 1;
    const { words, times } = this.#chunks[index >>> CHUNK_LOG2] as Chunk;
    this.#words = words;
    this.#times = times;
    this.#at = (index & (NODES_A_CHUNK - 1)) * NODE_WORDS;
  }

  get timeMs(): number {
    return this.#times[this.#at >>> 1] as number;
  }

  get next(): number {
    return this.#words[this.#at + NEXT] as number;
  }

  set next(node: number) {
    this.#words[this.#at + NEXT] = node;
  }

  isOf(id: RecordKey): boolean {
    return this.#words[this.#at + ID] === id[0] >>> 0 && this.#words[this.#at + ID + 1] === id[1] >>> 0;
  }

  /** Makes the node at hand, which is linked no more, another click's. */
  reuse(atMs: number, id: RecordKey, next: number): void {
    this.#times[this.#at >>> 1] = atMs;
    this.#words[this.#at + NEXT] = next;
    this.#words[this.#at + ID] = id[0];
    this.#words[this.#at + ID + 1] = id[1];
  }

  empty(): void {
    this.#chunks.length = Math.min(Math.ceil(this.#count / NODES_A_CHUNK), CHUNKS_KEPT_MAX);
    this.#count = 0;
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
    let count = this.#countAfter(atMs - windowMs, subject, index - 1);
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
      for (let node = this.#word(HEAD); node !== 0; previous = node, node = nodes.next, rank++) {
        nodes.goTo(node);
        if (nodes.timeMs <= atMs) {
          count++;
          if (after === 0) {
            after = node;
            before = previous;
          }
        }
        if (nodes.isOf(id)) isThere = true;
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

  /** How many clicks of a bucket are later than a time. */
  #countAfter(timeMs: number, subject: RecordKey, index: number): number {
    if (!this.#buckets.find(subject, index)) return 0;
    const nodes = this.#buckets.extra as Nodes;
    let count = 0;
    for (let node = this.#word(HEAD); node !== 0; node = nodes.next) {
      nodes.goTo(node);
      if (nodes.timeMs <= timeMs) break;
      count++;
    }
    return count;
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
      nodes.goTo(node);
      const { next } = nodes;
      this.#link(place.beforeMiddle, next);
      if (after === node) after = next;
      if (before === node) before = place.beforeMiddle;
      nodes.goTo(node);
      nodes.reuse(atMs, id, after);
    } else {
      node = nodes.add(atMs, id, after);
      words[at + SIZE] = this.#word(SIZE) + 1;
    }
    this.#link(before, node);
  }

  /** Lets a node follow another one of the bucket at hand; 0: its newest is to be this one. */
  #link(previous: number, next: number): void {
    const nodes = this.#buckets.extra as Nodes;
    if (previous === 0) this.#buckets.words[this.#buckets.at + HEAD] = next;
    else {
      nodes.goTo(previous);
      nodes.next = next;
    }
  }

  /** Takes a click out again: its commit failed. */
  remove(subject: RecordKey, id: RecordKey, atMs: number, { windowMs }: VelocityRequest): void {
    if (!this.#buckets.find(subject, Math.floor(atMs / windowMs))) return;
    const nodes = this.#buckets.extra as Nodes;
    let previous = 0;
    for (let node = this.#word(HEAD); node !== 0; previous = node, node = nodes.next) {
      nodes.goTo(node);
      if (!nodes.isOf(id)) continue;
      this.#link(previous, nodes.next);
      this.#buckets.words[this.#buckets.at + SIZE] = this.#word(SIZE) - 1;
      return;
    }
  }

  #word(offset: number): number {
    return this.#buckets.words[this.#buckets.at + offset] as number;
  }
}
