import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { isRefusedRow } from '../ledger/refused-row.js';
import type { Background } from '../lib/background.js';
import type { Wake } from '../lib/wake.js';
import { appendImpressions, type ImpressionWrite, NODES } from './append-impressions.js';
import type { ImpressionCounters } from './counters.js';
import type { ImpressionRow } from './impression-row.js';
import type { ImpressionMeter } from './meter.js';

/** From the first impression that is counted to its write, in milliseconds: as much as a crash can take. */
const WRITE_AFTER_MS = 1_000;
const TASK = {
  name: 'impressions',
  failure: 'impressions could not be written; they are kept and tried again',
};

/**
 * Writes what the counters hold to the ledger, once a second and in one transaction, while there is anything; without impressions nothing
 * runs. A write that fails is sent again as it is, under its id, until the ledger has it: its reply may have been lost. What comes
 * meanwhile is counted on, within the limits of the counters.
 */
export class ImpressionWriter {
  #timer: NodeJS.Timeout | null = null;
  #write: ImpressionWrite | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly parts: {
      counters: ImpressionCounters;
      pool: pg.Pool;
      meter: ImpressionMeter;
      /** Told of each commit. */
      committed: Wake;
      background: Background;
      now: () => number;
    },
  ) {}

  /** Impressions that the ledger does not have yet, as far as is known. */
  get waiting(): number {
    return this.parts.counters.impressions + countOf(this.#write?.rows ?? []);
  }

  /** Something was counted. */
  counted(): void {
    if (this.#timer !== null || this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.parts.background
        .run(TASK, () => this.#flush())
        .then(() => {
          this.#timer = null;
          if (this.waiting > 0) this.counted();
        });
    }, WRITE_AFTER_MS);
  }

  /** Writes what is left. What the ledger does not take now is lost, and counted. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
    // The write at hand, and then what was counted meanwhile.
    for (let writes = 0; writes < 2 && this.waiting > 0; writes++)
      if (!(await this.parts.background.run(TASK, () => this.#flush()))) break;
    if (this.waiting > 0) this.parts.meter.notCounted('stopped', this.waiting);
  }

  async #flush(): Promise<void> {
    const { counters, pool, meter, committed, now } = this.parts;
    this.#write ??= { owner: NODES, id: randomUUID(), bodyHash: '', rows: counters.take() };
    if (this.#write.rows.length > 0) {
      try {
        const written = await appendImpressions(pool, this.#write, now(), false);
        if (written.as === 'new') meter.notCounted('unknown_ad', countOf(written.refused));
      } catch (error) {
        if (!isRefusedRow(error)) throw error;
        // It would be refused again, and hold up all that comes.
        meter.notCounted('ledger_refused', countOf(this.#write.rows));
        this.#write = null;
        throw error;
      }
      committed.notify();
    }
    this.#write = null;
  }
}

const countOf = (rows: readonly ImpressionRow[]): number => rows.reduce((sum, { count }) => sum + count, 0);
