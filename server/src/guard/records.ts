import { hash, randomBytes } from 'node:crypto';
import { SpanFilter } from './span-filter.js';
import { FULL_SHARE, KEY_WORDS, Table } from './table.js';

/** Slots never touched cost no memory; each table more is one more place to look. */
const SLOTS_LOG2_MIN = 16;
const SLOTS_LOG2_MAX = 20;
const GROWTH_LOG2 = 2;

const seed = randomBytes(16).toString('latin1');

/** The key of the look-up at hand. Reused, so that a look-up makes no garbage. */
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

/** Records of one span of time, and what `Extra` keeps beside them; dropped whole. */
interface Generation<Extra> {
  startMs: number;
  /** In the filter. */
  bit: number;
  tables: Table[];
  extra: Extra;
}

/** What is kept beside the records of a span. */
export interface Emptied {
  /** Makes it as new, for another span: memory that was used before needs not be asked of the system again, page by page. */
  empty(): void;
}

/**
 * Fixed-size records by key that expire with the span of time in which they were made. All of it lies in typed arrays:
 * at 10,000 clicks a second, millions of small objects would keep the garbage collector busy and pause the server.
 * A table that is full gets a sister of four times its size, so nothing is ever copied in one go. The span dropped last leaves
 * its memory to those that come: a page that is touched for the first time costs as much as a whole look-up.
 */
export class ExpiringRecords<Extra extends Emptied> {
  #generations: Generation<Extra>[] = [];
  readonly #filter: SpanFilter;
  /** Of the span dropped last. */
  #spareTables: Table[] = [];
  #spareExtra: Extra | null = null;
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
  ) {
    this.#filter = new SpanFilter(options.recordsMax);
  }

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
    const bits = this.#filter.bitsOf(key[2]);
    if (bits === 0) return false;
    for (let g = this.#generations.length - 1; g >= 0; g--) {
      const { bit, tables, extra, startMs } = this.#generations[g] as Generation<Extra>;
      if ((bits & bit) === 0) continue;
      for (const table of tables) {
        const at = table.find(key);
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
    this.#filter.add(key[2] as number, generation.bit);
    this.at = table.insert(key);
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
    while (
      this.#generations.length > 0 &&
      (this.#generations[0] as Generation<Extra>).startMs < startMs - spansKept * spanMs
    )
      this.#drop();
    return this.#begin(startMs, running ? countOf(running) : 0);
  }

  /** Room for more in the running span. One that holds half of all records alone is cut in two, so that the elder half can go. */
  #grow(running: Generation<Extra>): Generation<Extra> {
    const { recordsMax } = this.options;
    const count = countOf(running);
    if (count > recordsMax / 2) return this.#begin(running.startMs, recordsMax / 8);
    const { slotsLog2 } = running.tables.at(-1) as Table;
    running.tables.push(this.#table(Math.min(this.#slotsLog2Max, slotsLog2 + GROWTH_LOG2)));
    this.#dropWhatIsTooMuch();
    return running;
  }

  /** No table is so large that the limit of records would be far overshot before the next is begun. */
  get #slotsLog2Max(): number {
    return Math.min(SLOTS_LOG2_MAX, Math.floor(Math.log2(this.options.recordsMax / 4)));
  }

  #begin(startMs: number, expected: number): Generation<Extra> {
    const wanted = Math.ceil(Math.log2(Math.max(1, expected) / FULL_SHARE));
    const table = this.#table(Math.min(this.#slotsLog2Max, Math.max(SLOTS_LOG2_MIN, wanted)));
    const extra = this.#spareExtra ?? this.options.makeExtra();
    this.#spareExtra = null;
    const made = { startMs, bit: this.#filter.nextBit(), tables: [table], extra };
    this.#generations.push(made);
    this.#dropWhatIsTooMuch();
    return made;
  }

  #table(slotsLog2: number): Table {
    const spare = this.#spareTables.findIndex((table) => table.slotsLog2 === slotsLog2);
    const [table] = spare < 0 ? [] : this.#spareTables.splice(spare, 1);
    return table ?? new Table(slotsLog2, this.options.recordWords);
  }

  #dropWhatIsTooMuch(): void {
    while (this.#generations.length > 1 && this.count > this.options.recordsMax) this.#drop();
  }

  /** Drops the oldest generation. */
  #drop(): void {
    const dropped = this.#generations.shift() as Generation<Extra>;
    if (this.#generations.every(({ bit }) => bit !== dropped.bit)) this.#filter.forget(dropped.bit);
    for (const table of dropped.tables) table.clear();
    dropped.extra.empty();
    this.#spareTables = dropped.tables;
    this.#spareExtra = dropped.extra;
  }
}

const countOf = ({ tables }: Generation<unknown>) => tables.reduce((sum, table) => sum + table.taken, 0);
