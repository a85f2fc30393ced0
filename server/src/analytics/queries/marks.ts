import type { RollupMarks } from '../../click/rollups.js';

/** What is known of the marks may be so old: a query that meets a newer fold asks again. */
const KNOWN_MS = 100;
/** Before the first fold of all, rollups are whole: no chunk comes after this. */
export const EVERY_CHUNK: RollupMarks = { minutes: Number.MAX_SAFE_INTEGER, pairs: Number.MAX_SAFE_INTEGER };

/**
 * How far the rollups are folded, as the ledger says. While the ledger is away the last marks go on: a query that meets a newer fold says so,
 * and finds out how far each month is.
 */
export class KnownMarks {
  #known: { askedAt: number; marks: Promise<RollupMarks> } | null = null;
  #last: RollupMarks | null = null;

  /** @param read asks the ledger; null when nothing was ever folded */
  constructor(private readonly read: () => Promise<RollupMarks | null>) {}

  /**
   * @param fresh no older than this call
   * @throws when the ledger is away and has never answered
   */
  now({ fresh = false } = {}): Promise<RollupMarks> {
    const now = performance.now();
    if (!fresh && this.#known && now - this.#known.askedAt < KNOWN_MS) return this.#known.marks;
    const marks = this.#ask();
    const asked = { askedAt: now, marks };
    this.#known = asked;
    marks.catch(() => {
      if (this.#known === asked) this.#known = null;
    });
    return marks;
  }

  async #ask(): Promise<RollupMarks> {
    try {
      this.#last = (await this.read()) ?? EVERY_CHUNK;
      return this.#last;
    } catch (error) {
      if (this.#last === null) throw error;
      return this.#last;
    }
  }
}

/** How far a table is folded, as one query takes it. */
export interface Mark {
  /** The newest chunk that it holds. */
  chunk: number;
  /** Months, as in 202511, that have a newer fold already, of which the ledger does not know yet. */
  months: ReadonlyMap<number, number>;
}

/** The mark as SQL, for the rows of the month that `month` says. */
export function markSql(mark: Mark, month: string, name: string, params: Record<string, unknown>): string {
  params[name] = mark.chunk;
  if (mark.months.size === 0) return `{${name}:UInt64}`;
  params[`${name}_months`] = [...mark.months.keys()];
  params[`${name}_chunks`] = [...mark.months.values()];
  return `transform(${month}, {${name}_months:Array(UInt32)}, {${name}_chunks:Array(UInt64)}, {${name}:UInt64})`;
}
