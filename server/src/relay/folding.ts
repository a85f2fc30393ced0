import type { ClickHouseClient } from '@clickhouse/client';
import { Counter, type Registry } from 'prom-client';
import type { ClickHouseTarget } from '../analytics/client.js';
import { FoldOfDay, foldEmptyDays, nextDay } from '../analytics/fold-day.js';
import { type Log, messageOf } from '../log.js';
import type { Rebuild } from './rebuild.js';

/** A day is folded no sooner after its end. */
const OVER_MS = 600_000;
/** Time from the start of the relay to the first look, so that what is imported into a new system is folded once. */
const FIRST_LOOK_MS = 60_000;
const LOOK_MS = 10_000;
const RETRY_MS = 60_000;

/**
 * Folds days that are over from their hours, one after the other, so that a month is not read from 720 hours and a chunk does not
 * pay for its day.
 *
 * It has its turns between two chunks of the relay, to begin and to finish; in between the relay goes on. Neither happens while
 * analytics is made anew.
 */
export class Folding {
  #nextAt: number;
  #hasFolded = true;
  #filled: FoldOfDay | null = null;
  #work: Promise<void> | null = null;
  readonly #stop = new AbortController();
  readonly #folded: Counter;

  constructor(
    private readonly parts: {
      client: ClickHouseClient;
      target: ClickHouseTarget;
      rebuild: Pick<Rebuild, 'isRunning'>;
      now: () => number;
      registry: Registry;
      log: Log;
      firstLookMs?: number;
    },
  ) {
    this.#nextAt = performance.now() + (parts.firstLookMs ?? FIRST_LOOK_MS);
    this.#folded = new Counter({
      name: 'clickledger_folded_days_total',
      help: 'Days that were folded from their hours.',
      registers: [parts.registry],
    });
  }

  /** Finishes what is filled, or begins with the next day, when it is time. A failure is logged; it is tried again. */
  async turn(): Promise<void> {
    if (this.parts.rebuild.isRunning) return;
    try {
      if (this.#filled) await this.#finish(this.#filled);
      else if (!this.#work && performance.now() >= this.#nextAt) await this.#begin();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Gives up what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await this.#close();
  }

  async #begin(): Promise<void> {
    const { client, target, now } = this.parts;
    const dayMs = await nextDay(client, now() - OVER_MS);
    if (dayMs === null) {
      if (this.#hasFolded) await foldEmptyDays(client);
      this.#hasFolded = false;
      this.#nextAt = performance.now() + LOOK_MS;
      return;
    }
    const fold = await FoldOfDay.begin(target, client, dayMs);
    this.#work = fold
      .fill(this.#stop.signal)
      .then(() => {
        this.#filled = fold;
      })
      .catch(async (error: unknown) => {
        this.#failed(error);
        await fold.close({ wait: false }).catch(() => undefined);
      })
      .finally(() => {
        this.#work = null;
      });
  }

  async #finish(fold: FoldOfDay): Promise<void> {
    const day = new Date(fold.dayMs).toISOString();
    try {
      if (!(await fold.finish())) throw new Error('the hours have changed otherwise than by what came late');
      this.#folded.inc();
      this.#hasFolded = true;
      this.parts.log.info({ day }, 'a day was folded from its hours');
    } finally {
      await this.#close();
    }
  }

  async #close(): Promise<void> {
    const fold = this.#filled;
    this.#filled = null;
    await fold?.close({ wait: !this.#stop.signal.aborted }).catch(() => undefined);
  }

  #failed(error: unknown): void {
    this.#nextAt = performance.now() + RETRY_MS;
    if (!this.#stop.signal.aborted)
      this.parts.log.warn({ error: messageOf(error) }, 'a day could not be folded; it is tried again');
  }
}
