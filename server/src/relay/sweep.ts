/** What a sweep takes, unless that is more than its share of the time. */
export const SWEEP_MS = 86_400_000;
/** Of the time, for hours of rollups: a wide one, of many campaigns, takes long. */
const ROLLUPS_TIME_SHARE = 0.02;
/** The longest pause between two hours of rollups: one costs as much however few clicks have come meanwhile. */
const ROLLUPS_MS_MAX = 60_000;
/** The same in a hasty sweep. */
const ROLLUPS_HASTY_MS_MAX = 10_000;

/**
 * How far reconciliation has come with comparing all that was compared before: chunks from the first to the last, over and over, and each
 * hour that they have clicks in, once a sweep. It takes a day, so that nobody feels it. Analytics may have lost what it had not flushed when it
 * went away: after a start or a failure, the sweep is hasty until it has seen every chunk.
 *
 * Times are milliseconds by the monotonic clock.
 */
export class Sweep {
  #sweptTo = 0;
  #dueAt = 0;
  /** How often it still has to come to the last chunk in haste. */
  #hastyEnds = 0;
  readonly #hours = new Set<number>();
  readonly #sweptHours = new Set<number>();
  #hourDueAt = 0;

  /** @param pauseMsMax for tests */
  constructor(private readonly pauseMsMax = Number.POSITIVE_INFINITY) {}

  get isHasty(): boolean {
    return this.#hastyEnds > 0;
  }

  /** The last chunk that was compared; 0 at the beginning. */
  get sweptTo(): number {
    return this.#sweptTo;
  }

  /** Has all chunks compared soon: those that are left of this sweep, and then all. */
  hurry(): void {
    this.#hastyEnds = this.#sweptTo === 0 ? 1 : 2;
    this.#dueAt = 0;
    this.#hourDueAt = 0;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueAt;
  }

  /**
   * These chunks were compared. The next are due when as much of the day is over as these are of the ledger.
   *
   * @param span how many chunks the ledger has
   */
  swept(chunkIds: readonly number[], span: number, nowMs: number): void {
    const [first = 0, last = 0] = [chunkIds[0], chunkIds.at(-1)];
    this.#sweptTo = last;
    if (!this.isHasty)
      this.#dueAt = nowMs + Math.min((SWEEP_MS * (last - first + 1)) / span, this.pauseMsMax);
  }

  /** No chunk is left: it begins again at the first. */
  ended(): void {
    this.#sweptTo = 0;
    this.#sweptHours.clear();
    this.#hastyEnds = Math.max(0, this.#hastyEnds - 1);
  }

  /**
   * Compared chunks have clicks in these hours.
   *
   * @param isNew of chunks that were not compared before: their hours have changed since they were
   */
  addHours(hoursMs: readonly number[], isNew: boolean): void {
    for (const hourMs of hoursMs) if (isNew || !this.#sweptHours.has(hourMs)) this.#hours.add(hourMs);
  }

  /** The hour whose rollups are to be compared now; undefined for none. */
  hourDue(nowMs: number): number | undefined {
    const [hourMs] = nowMs >= this.#hourDueAt ? this.#hours : [];
    return hourMs;
  }

  /** The rollups of an hour were looked at, and compared for good unless they have to be looked at again. */
  hourCompared(hourMs: number, { tookMs, isDone }: { tookMs: number; isDone: boolean }, nowMs: number): void {
    const msMax = this.isHasty
      ? ROLLUPS_HASTY_MS_MAX
      : Math.min(ROLLUPS_MS_MAX, SWEEP_MS / (this.#hours.size + this.#sweptHours.size));
    const pauseMs = this.isHasty
      ? Math.min(tookMs / ROLLUPS_TIME_SHARE, msMax)
      : Math.max(tookMs / ROLLUPS_TIME_SHARE, msMax);
    this.#hourDueAt = nowMs + Math.min(pauseMs, this.pauseMsMax);
    if (!isDone) return;
    this.#hours.delete(hourMs);
    this.#sweptHours.add(hourMs);
  }
}
