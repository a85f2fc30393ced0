import { hash, randomBytes } from 'node:crypto';

/** Words of 32 bits in a key. */
const KEY_WORDS = 4;
/** A table is full when this share of its slots is taken: longer runs of taken slots would cost more to walk. */
const FULL_SHARE = 0.6;
/** Slots never touched cost no memory; each table more is one more place to look. */
const SLOTS_LOG2_MIN = 16;
const SLOTS_LOG2_MAX = 20;
const GROWTH_LOG2 = 2;

const seed = randomBytes(16).toString('latin1');

/** The key of the look-up at hand. Not made anew each time, so that a look-up makes no garbage. */
const key = new Uint32Array(KEY_WORDS);

/** A text as 128 bits. */
export type RecordKey = readonly [number, number, number, number];

/** 128 bits of a keyed SHA-256 of the text: whoever chooses the text can't aim at a slot, nor make two texts one. */
export function keyOf(text: string): RecordKey {
  const digest = hash('sha256', seed + text, 'binary');
  const word = (at: number) =>
    digest.charCodeAt(at) |
    (digest.charCodeAt(at + 1) << 8) |
    (digest.charCodeAt(at + 2) << 16) |
    (digest.charCodeAt(at + 3) << 24);
  return [word(0), word(4), word(8), word(12)];
}

/**
 * One block of slots, open addressing. A slot is its key and then the record's words. Beside them a byte a slot, 0 when it is free,
 * else some bits of the key: a look-up that finds nothing, as most do, reads the bytes alone, which fit a processor's cache.
 */
class Table {
  readonly words: Uint32Array;
  readonly slotsLog2: number;
  readonly #tags: Uint8Array;
  readonly #mask: number;
  readonly #stride: number;
  #taken = 0;

  constructor(slotsLog2: number, recordWords: number) {
    this.slotsLog2 = slotsLog2;
    this.#stride = KEY_WORDS + recordWords;
    this.#mask = 2 ** slotsLog2 - 1;
    this.#tags = new Uint8Array(2 ** slotsLog2);
    this.words = new Uint32Array(2 ** slotsLog2 * this.#stride);
  }

  get isFull(): boolean {
    return this.#taken > this.#mask * FULL_SHARE;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Place of the record's first word; -1 when the key isn't there. */
  find(): number {
    const { words } = this;
    const tags = this.#tags;
    const mask = this.#mask;
    const tag = tagOfKey();
    for (let slot = (key[0] as number) & mask; ; slot = (slot + 1) & mask) {
      const found = tags[slot];
      if (found === 0) return -1;
      if (found !== tag) continue;
      const at = slot * this.#stride;
      if (
        words[at] === key[0] &&
        words[at + 1] === key[1] &&
        words[at + 2] === key[2] &&
        words[at + 3] === key[3]
      )
        return at + KEY_WORDS;
    }
  }

  /** Takes a slot for a key that isn't there. */
  insert(): number {
    const tags = this.#tags;
    let slot = (key[0] as number) & this.#mask;
    while (tags[slot] !== 0) slot = (slot + 1) & this.#mask;
    tags[slot] = tagOfKey();
    const at = slot * this.#stride;
    for (let word = 0; word < KEY_WORDS; word++) this.words[at + word] = key[word] as number;
    this.#taken++;
    return at + KEY_WORDS;
  }
}

/** Bits of the key at hand that choose no slot; never 0. */
const tagOfKey = () => (key[1] as number) >>> 24 || 1;

/** Records of one span of time, and what `Extra` keeps beside them; dropped whole. */
interface Generation<Extra> {
  startMs: number;
  tables: Table[];
  extra: Extra;
}

/**
 * Fixed-size records by key that expire with the span of time in which they were made. All of it lies in typed arrays:
 * at 10,000 clicks a second, millions of small objects would keep the garbage collector busy and pause the server.
 * A table that is full gets a sister of four times its size, so nothing is ever copied in one go.
 */
export class ExpiringRecords<Extra> {
  #generations: Generation<Extra>[] = [];
  /** Where the last `find` or `insert` succeeded. */
  words: Uint32Array = new Uint32Array(0);
  at = -1;
  extra: Extra | undefined;
  /** When the span of that record began. */
  #startMs = 0;

  constructor(
    private readonly options: {
      recordWords: number;
      spanMs: number;
      /** How many spans are kept beside the running one. */
      spansKept: number;
      /** Beyond it the oldest span goes early. */
      recordsMax: number;
      makeExtra: () => Extra;
    },
  ) {}

  /**
   * Looks for a key; true when found: then `words[at]` is the record's first word.
   *
   * @param index tells records of one text apart, such as its time windows: no second hash is needed
   */
  find([a, b, c, d]: RecordKey, index = 0): boolean {
    key[0] = a ^ Math.imul(index, 0x9e37_79b1);
    key[1] = b;
    key[2] = c ^ index;
    key[3] = d ^ Math.floor(index / 2 ** 32);
    for (let g = this.#generations.length - 1; g >= 0; g--) {
      const { tables, extra, startMs } = this.#generations[g] as Generation<Extra>;
      for (const table of tables) {
        const at = table.find();
        if (at < 0) continue;
        this.words = table.words;
        this.at = at;
        this.extra = extra;
        this.#startMs = startMs;
        return true;
      }
    }
    return false;
  }

  /** Whether what the last `find` found is of the running span: any other goes before its time would be over. */
  isOfRunningSpan(nowMs: number): boolean {
    return this.#startMs >= this.#spanStart(nowMs);
  }

  /**
   * Makes a record, all zeros, for the key of the last look-up; `words[at]` is its first word. That look-up found
   * nothing, or a record of an older span: the new one hides it.
   */
  insert(nowMs: number): void {
    let generation = this.#running(nowMs);
    if ((generation.tables.at(-1) as Table).isFull) generation = this.#grow(generation);
    const table = generation.tables.at(-1) as Table;
    this.at = table.insert();
    this.words = table.words;
    this.extra = generation.extra;
    this.#startMs = generation.startMs;
  }

  get count(): number {
    return this.#generations.reduce((sum, generation) => sum + countOf(generation), 0);
  }

  /** What is kept beside the records, of every span. */
  get extras(): Extra[] {
    return this.#generations.map(({ extra }) => extra);
  }

  #spanStart(nowMs: number): number {
    return Math.floor(nowMs / this.options.spanMs) * this.options.spanMs;
  }

  #running(nowMs: number): Generation<Extra> {
    const { spanMs, spansKept } = this.options;
    const startMs = this.#spanStart(nowMs);
    const running = this.#generations.at(-1);
    if (running && running.startMs >= startMs) return running; // a clock that steps back makes no new one
    this.#generations = this.#generations.filter((one) => one.startMs >= startMs - spansKept * spanMs);
    return this.#begin(startMs, running ? countOf(running) : 0);
  }

  /** Room for more in the running span. One that holds half of all records alone is cut in two, so that the elder half can go. */
  #grow(running: Generation<Extra>): Generation<Extra> {
    const { recordWords, recordsMax } = this.options;
    const count = countOf(running);
    if (count > recordsMax / 2) return this.#begin(running.startMs, recordsMax / 8);
    const { slotsLog2 } = running.tables.at(-1) as Table;
    running.tables.push(new Table(Math.min(this.#slotsLog2Max, slotsLog2 + GROWTH_LOG2), recordWords));
    this.#dropOldest();
    return running;
  }

  /** No table is so large that the limit of records would be far overshot before the next is begun. */
  get #slotsLog2Max(): number {
    return Math.min(SLOTS_LOG2_MAX, Math.floor(Math.log2(this.options.recordsMax / 4)));
  }

  #begin(startMs: number, expected: number): Generation<Extra> {
    const { recordWords, makeExtra } = this.options;
    const slotsLog2 = Math.ceil(Math.log2(Math.max(1, expected) / FULL_SHARE));
    const table = new Table(
      Math.max(Math.min(SLOTS_LOG2_MIN, this.#slotsLog2Max), Math.min(this.#slotsLog2Max, slotsLog2)),
      recordWords,
    );
    const made = { startMs, tables: [table], extra: makeExtra() };
    this.#generations.push(made);
    this.#dropOldest();
    return made;
  }

  #dropOldest(): void {
    while (this.#generations.length > 1 && this.count > this.options.recordsMax) this.#generations.shift();
  }
}

const countOf = ({ tables }: Generation<unknown>) => tables.reduce((sum, table) => sum + table.taken, 0);
