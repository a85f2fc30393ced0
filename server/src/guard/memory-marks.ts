import { MARK_TTL_MS } from './guard.js';
import { ExpiringRecords, type RecordKey } from './records.js';

/** Marks of a kind kept at most, about five minutes of 13,000 a second; beyond it the oldest minute goes. */
export const MARKS_MAX = 4_000_000;
const SPAN_MS = 60_000;
/** A mark made at the end of a span and settled later still lives its whole time. */
const SPANS_KEPT = MARK_TTL_MS / SPAN_MS + 1;

/** Characters of a body's hash that a mark has room for. */
export const BODY_HASH_LENGTH_MAX = 24;
const ARENA_CHUNK_BYTES = 1_024 * 1_024;
/**
 * Replies of a kind kept at most, in bytes: five minutes of 13,000 single clicks a second. A batch's reply is a thousand
 * times as long: beyond this a key is kept without its reply, and a repeat falls through to the click ids.
 */
export const REPLIES_BYTES_MAX = 512 * 1_024 * 1_024;

// A mark's words: state, set at (two words), flag, place and length of the reply, length of the body's hash, its bytes.
const STATE = 0;
const SET_AT = 1;
const FLAG = 3;
const REPLY_AT = 4;
const REPLY_LENGTH = 5;
const HASH_LENGTH = 6;
const HASH = 7;
const RECORD_WORDS = HASH + BODY_HASH_LENGTH_MAX / 4;

const PENDING = 1;
const COMMITTED = 2;
/** Rolled back: the slot stays taken, the mark is gone. */
const RELEASED = 3;
const NO_REPLY = 0xffff_ffff;
const WORD = 2 ** 32;

/** Of the chunks that an arena had used when it is emptied, so many stay at most: a minute of 10,000 replies a second. */
const ARENA_CHUNKS_KEPT_MAX = 72;

/** Texts of one span, one after the other in large buffers. */
class Arena {
  readonly #chunks: Buffer[] = [];
  /** Chunks in use; the last is filled at the moment, up to `#used`. */
  #count = 0;
  #used = 0;

  constructor(private readonly mayGrow: () => boolean) {}

  get bytes(): number {
    return this.#chunks.length * ARENA_CHUNK_BYTES;
  }

  empty(): void {
    this.#chunks.length = Math.min(this.#count, ARENA_CHUNKS_KEPT_MAX);
    this.#count = 0;
    this.#used = 0;
  }

  /** Place of the text, in bytes from the start of all chunks; null when there is no room for it. */
  add(text: string): { at: number; bytes: number } | null {
    const bytes = Buffer.byteLength(text);
    if (this.#count === 0 || this.#used + bytes > ARENA_CHUNK_BYTES) {
      if (this.#count === this.#chunks.length) {
        if (!this.mayGrow()) return null;
        this.#chunks.push(Buffer.allocUnsafeSlow(ARENA_CHUNK_BYTES));
      }
      this.#count++;
      this.#used = 0;
    }
    const last = this.#count - 1;
    (this.#chunks[last] as Buffer).write(text, this.#used);
    const at = last * ARENA_CHUNK_BYTES + this.#used;
    this.#used += bytes;
    return { at, bytes };
  }

  read(at: number, bytes: number): string {
    const from = at % ARENA_CHUNK_BYTES;
    return this.#chunks[Math.floor(at / ARENA_CHUNK_BYTES)]?.toString('utf8', from, from + bytes) ?? '';
  }
}

export interface MemoryMark {
  isCommitted: boolean;
  setAtMs: number;
  flag: boolean;
  bodyHash: string;
  reply: string | null;
}

/** Marks by id, outside the JavaScript heap. */
export class MemoryMarks {
  constructor(private readonly repliesBytesMax = REPLIES_BYTES_MAX) {}

  readonly #records = new ExpiringRecords<Arena>({
    recordWords: RECORD_WORDS,
    spanMs: SPAN_MS,
    spansKept: SPANS_KEPT,
    recordsMax: MARKS_MAX,
    makeExtra: () => new Arena(() => this.repliesBytes < this.repliesBytesMax),
  });

  get repliesBytes(): number {
    return this.#records.extras.reduce((sum, arena) => sum + arena.bytes, 0);
  }

  get(id: RecordKey, nowMs: number): MemoryMark | null {
    return this.#records.find(id) ? this.#read(nowMs) : null;
  }

  /** The mark that is there; or, when there is none, makes a pending one and returns null. */
  getOrMark(id: RecordKey, bodyHash: string, nowMs: number): MemoryMark | null {
    const found = this.#records.find(id);
    const mark = found ? this.#read(nowMs) : null;
    if (mark) return mark;
    // The record of a mark that is gone goes with its old span, perhaps in a moment.
    if (!found || !this.#records.isOfRunningSpan(nowMs)) this.#records.insert(nowMs);
    this.#write(PENDING, nowMs, false, bodyHash, null);
    return null;
  }

  commit(
    id: RecordKey,
    fields: { flag: boolean; bodyHash: string; reply: string | null },
    nowMs: number,
  ): void {
    if (!this.#records.find(id)) this.#records.insert(nowMs);
    this.#write(COMMITTED, nowMs, fields.flag, fields.bodyHash, fields.reply);
  }

  /** Takes a pending mark back; a committed one stays. Returns whether it was not committed. */
  release(id: RecordKey, nowMs: number): boolean {
    if (!this.#records.find(id)) return true;
    if (this.#read(nowMs)?.isCommitted) return false;
    this.#records.words[this.#records.at + STATE] = RELEASED;
    return true;
  }

  #read(nowMs: number): MemoryMark | null {
    const { words, at, extra } = this.#records;
    const word = (offset: number) => words[at + offset] as number;
    const setAtMs = word(SET_AT) * WORD + word(SET_AT + 1);
    if (word(STATE) === RELEASED || setAtMs + MARK_TTL_MS <= nowMs) return null;
    const replyAt = word(REPLY_AT);
    return {
      isCommitted: word(STATE) === COMMITTED,
      setAtMs,
      flag: word(FLAG) === 1,
      bodyHash: readLatin1(words, at + HASH, word(HASH_LENGTH)),
      reply: replyAt === NO_REPLY ? null : (extra?.read(replyAt, word(REPLY_LENGTH)) ?? null),
    };
  }

  #write(state: number, nowMs: number, flag: boolean, bodyHash: string, reply: string | null): void {
    const { words, at, extra } = this.#records;
    words[at + STATE] = state;
    words[at + SET_AT] = Math.floor(nowMs / WORD);
    words[at + SET_AT + 1] = nowMs % WORD;
    words[at + FLAG] = flag ? 1 : 0;
    words[at + REPLY_AT] = NO_REPLY;
    const kept = reply === null ? null : extra?.add(reply);
    if (kept) {
      words[at + REPLY_AT] = kept.at;
      words[at + REPLY_LENGTH] = kept.bytes;
    }
    if (bodyHash.length > BODY_HASH_LENGTH_MAX) throw new RangeError('The hash of a body is too long');
    words[at + HASH_LENGTH] = bodyHash.length;
    writeLatin1(words, at + HASH, bodyHash);
  }
}

// A short text, four characters of Latin-1 a word. By hand: a view of the table's bytes, made for each mark, would cost more.

function writeLatin1(words: Uint32Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i += 4) {
    let word = 0;
    for (let k = i; k < i + 4 && k < text.length; k++) word |= (text.charCodeAt(k) & 0xff) << (8 * (k - i));
    words[at + i / 4] = word;
  }
}

function readLatin1(words: Uint32Array, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++)
    text += String.fromCharCode(((words[at + (i >> 2)] as number) >>> (8 * (i & 3))) & 0xff);
  return text;
}
