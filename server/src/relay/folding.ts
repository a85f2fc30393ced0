import type { ClickHouseClient } from '@clickhouse/client';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ClickHouseTarget } from '../analytics/client.js';
import { DAY_MS, unfoldedDays } from '../analytics/queries/folded-days.js';
import { FoldOfDay } from '../analytics/rollups/fold-day.js';
import type { Background } from '../lib/background.js';
import { type Log, messageOf } from '../lib/log.js';
import type { Folds } from './folds.js';
import type { Rebuild } from './rebuild.js';

/** A day is folded no sooner after its end. */
const OVER_MS = 600_000;
/** Time from the start of the relay to the first look, and from one that found nothing to the next. */
const LOOK_MS = 60_000;
/** A day that could not be folded has its next turn after this; others go first. */
const RETRY_MS = 600_000;

const TASK = { name: 'folding of days', failure: 'a day could not be folded; it is tried again' };

/**
 * Folds days that are over from their hours, one after the other, so that a chunk does not pay for its day and a month is not read
 * from 720 hours.
 *
 * It has its turns between two chunks of the relay, to begin and to finish; in between the relay goes on. Neither happens while
 * analytics is rebuilt.
 */
export class Folding {
  #nextAt: number;
  #filled: FoldOfDay | null = null;
  /** How often analytics had been rebuilt when the fold at hand read its hours. */
  #exchanges = 0;
  #work: Promise<void> | null = null;
  /** Days and when they may be tried again. */
  readonly #notBefore = new Map<number, number>();
  readonly #stop = new AbortController();
  readonly #folded: Counter;
  readonly #unfolded: Gauge;

  constructor(
    private readonly parts: {
      client: ClickHouseClient;
      target: ClickHouseTarget;
      rebuild: Pick<Rebuild, 'isRunning' | 'exchanges'>;
      folds: Pick<Folds, 'settled'>;
      now: () => number;
      registry: Registry;
      background: Background;
      log: Log;
      lookMs?: number;
    },
  ) {
    this.#nextAt = performance.now() + this.#lookMs;
    const registers = [parts.registry];
    this.#folded = new Counter({
      name: 'clickledger_folded_days_total',
      help: 'Days that were folded from their hours.',
      registers,
    });
    this.#unfolded = new Gauge({
      name: 'clickledger_unfolded_days',
      help: 'Days that are over and not folded; they are read from their hours.',
      registers,
    });
  }

  /** Finishes what is filled, or begins with the next day, when it is time. A failure is logged; it is tried again. */
  async turn(): Promise<void> {
    if (this.parts.rebuild.isRunning || this.#stop.signal.aborted) return;
    try {
      // Its hours are gone: added to the ones that replaced them, its sketches would hold who was forgotten.
      if (this.#filled && this.#exchanges !== this.parts.rebuild.exchanges) await this.#close();
      else if (this.#filled) await this.#finish(this.#filled);
      else if (!this.#work && performance.now() >= this.#nextAt) await this.#begin();
    } catch (error) {
      this.#nextAt = performance.now() + this.#lookMs;
      this.#say(error);
    }
  }

  /** Gives up what is under way; to be called when no more turns come. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await this.#close();
  }

  get #lookMs(): number {
    return this.parts.lookMs ?? LOOK_MS;
  }

  async #begin(): Promise<void> {
    const { client, target, now, folds } = this.parts;
    await folds.settled();
    const toMs = Math.floor((now() - OVER_MS) / DAY_MS) * DAY_MS;
    const days = await unfoldedDays(client, { fromMs: 0, toMs });
    this.#unfolded.set(days.length);
    const dayMs = days.find((day) => (this.#notBefore.get(day) ?? 0) <= performance.now());
    if (dayMs === undefined) {
      this.#nextAt = performance.now() + this.#lookMs;
      return;
    }
    // Cleared when it is whole.
    this.#notBefore.set(dayMs, performance.now() + RETRY_MS);
    this.#exchanges = this.parts.rebuild.exchanges;
    const fold = await FoldOfDay.begin(target, client, dayMs);
    this.#work = fold
      .fill(this.#stop.signal)
      .then(() => {
        this.#filled = fold;
      })
      .catch(async (error: unknown) => {
        this.#say(error);
        await this.#throwAway(fold, false);
      })
      .finally(() => {
        this.#work = null;
      });
  }

  async #finish(fold: FoldOfDay): Promise<void> {
    const { dayMs } = fold;
    try {
      await this.parts.folds.settled();
      await fold.finish();
      const left = await unfoldedDays(this.parts.client, { fromMs: dayMs, toMs: dayMs + DAY_MS });
      if (left.length > 0) throw new Error('it has not what its hours have');
      this.#notBefore.delete(dayMs);
      this.#folded.inc();
      this.parts.log.info({ day: new Date(dayMs).toISOString() }, 'a day was folded from its hours');
    } finally {
      await this.#close();
    }
  }

  async #close(): Promise<void> {
    const fold = this.#filled;
    this.#filled = null;
    if (fold) await this.#throwAway(fold, !this.#stop.signal.aborted);
  }

  /** What can not be dropped now, the next fold drops. */
  async #throwAway(fold: FoldOfDay, wait: boolean): Promise<void> {
    try {
      await fold.close({ wait });
    } catch (error) {
      this.parts.log.debug({ error: messageOf(error) }, 'the tables of a fold are left for the next to drop');
    }
  }

  #say(error: unknown): void {
    if (!this.#stop.signal.aborted) this.parts.background.failed(TASK, error);
  }
}
