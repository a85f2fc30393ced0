import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import type { ClickHouseTarget } from '../analytics/client.js';
import { loadChunk, loadChunks } from '../analytics/load-chunk.js';
import { Scratch } from '../analytics/scratch.js';
import { firstKeptChunk, planRebuild, type RebuildPlan } from '../ledger/rebuild-plan.js';
import type { Background } from '../lib/background.js';
import { type Log, messageOf } from '../log.js';

const TASK = { name: 'rebuild', failure: 'analytics could not be made anew; it is as it was' };
/** Inserts at the same time. */
const AT_ONCE = 2;
const TIME_MAX_MS = Date.UTC(2200, 0, 1);

/** How far a rebuild is. */
export interface RebuildProgress {
  state: 'idle' | 'loading' | 'finishing' | 'done' | 'failed';
  /** Months that are made anew, as in 202511; null for all. */
  months: readonly number[] | null;
  clicksDone: number;
  clicksTotal: number;
  seconds: number;
  error: string | null;
}

/**
 * Makes analytics anew from the ledger while clicks come in and queries go on.
 *
 *     fill a second set of tables ─▶ (between two chunks of the relay) fill in what came meanwhile ─▶ exchange the partitions
 *
 * Until the exchange nobody sees anything of it; a crash before leaves tables that the next rebuild drops. A month of which
 * retention has dropped clicks in the ledger is left as it is: analytics then knows more of it.
 */
export class Rebuild {
  #progress: RebuildProgress = {
    state: 'idle',
    months: null,
    clicksDone: 0,
    clicksTotal: 0,
    seconds: 0,
    error: null,
  };
  #startedAt = 0;
  #loaded: { scratch: Scratch; upTo: number } | null = null;
  #work: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(
    private readonly parts: {
      pool: pg.Pool;
      client: ClickHouseClient;
      target: ClickHouseTarget;
      background: Background;
      log: Log;
    },
  ) {}

  get isRunning(): boolean {
    return this.#progress.state === 'loading' || this.#progress.state === 'finishing';
  }

  get lastError(): string | null {
    return this.#progress.error;
  }

  get progress(): RebuildProgress {
    return { ...this.#progress, seconds: this.isRunning ? this.#elapsed() : this.#progress.seconds };
  }

  /** Begins in the background, unless one is running: then false. */
  start(months: readonly number[] | null): boolean {
    if (this.isRunning) return false;
    this.#startedAt = performance.now();
    this.#progress = { state: 'loading', months, clicksDone: 0, clicksTotal: 0, seconds: 0, error: null };
    this.#work = this.#load(months).catch((error: unknown) => this.#failed(error));
    return true;
  }

  /** Gives up what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await this.#loaded?.scratch.drop().catch(() => undefined);
  }

  /** Ends a rebuild that has loaded, when there is one. The relay calls it between two chunks: nothing is inserted meanwhile. */
  async turn(session: pg.Client): Promise<void> {
    if (!this.#loaded) return;
    const { scratch, upTo } = this.#loaded;
    this.#loaded = null;
    this.#progress.state = 'finishing';
    const { months } = this.#progress;
    try {
      const rest = await planRebuild(session, upTo);
      this.#progress.clicksTotal += rest.clicks;
      await this.#fill(scratch, rest, months);
      const keep = await this.#monthsToKeep(session);
      await scratch.takeOver(this.parts.client, months, keep);
      const seconds = this.#elapsed();
      this.#progress = { ...this.#progress, state: 'done', seconds };
      const { clicksDone } = this.#progress;
      this.parts.log.info(
        { months, keep, clicks: clicksDone, seconds, clicksPerSecond: Math.round(clicksDone / seconds) },
        'analytics was made anew from the ledger',
      );
    } catch (error) {
      this.#failed(error);
    } finally {
      await scratch.drop();
    }
  }

  async #load(months: readonly number[] | null): Promise<void> {
    const plan = await planRebuild(this.parts.pool, 0);
    this.#progress.clicksTotal = plan.clicks;
    const scratch = await Scratch.make(this.parts.target);
    try {
      await this.#fill(scratch, plan, months);
      this.#loaded = { scratch, upTo: plan.upTo };
    } catch (error) {
      await scratch.drop();
      throw error;
    }
  }

  async #fill(scratch: Scratch, plan: RebuildPlan, months: readonly number[] | null): Promise<void> {
    const runs = [...plan.runs];
    const { fromMs, toMs } = spanOf(months);
    const worker = async () => {
      for (let run = runs.shift(); run; run = runs.shift()) {
        this.#stop.signal.throwIfAborted();
        await loadChunks(scratch.client, { first: run.first, last: run.last, fromMs, toMs });
        this.#progress.clicksDone += run.clicks;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    for (const part of plan.parts) await loadChunk(scratch.client, part);
  }

  /**
   * Months of which the ledger no longer has every click: those of chunks before its first, those with rollups alone, and those whose
   * raw clicks retention has dropped, though a late import may have brought some anew.
   */
  async #monthsToKeep(session: pg.Client): Promise<number[]> {
    const first = await firstKeptChunk(session);
    if (first === null) throw new Error('The ledger has no clicks to make analytics from.');
    const result = await this.parts.client.query({
      query: `SELECT DISTINCT toYYYYMM(clicked_at) AS month FROM click_events WHERE chunk_id < {first:UInt64}
        UNION DISTINCT
        SELECT DISTINCT toYYYYMM(bucket) FROM clicks_by_hour
        WHERE {first:UInt64} > 1 AND toYYYYMM(bucket) NOT IN (SELECT DISTINCT toYYYYMM(clicked_at) FROM click_events)
        UNION DISTINCT
        SELECT month FROM dropped_months`,
      query_params: { first },
      format: 'JSONEachRow',
    });
    return (await result.json<{ month: number }>()).map((row) => row.month);
  }

  #failed(error: unknown): void {
    const message = messageOf(error);
    this.#progress = { ...this.#progress, state: 'failed', seconds: this.#elapsed(), error: message };
    if (!this.#stop.signal.aborted) this.parts.background.failed(TASK, error);
  }

  #elapsed(): number {
    return Math.round((performance.now() - this.#startedAt) / 10) / 100;
  }
}

/** The time that some months lie in, whole months between them included: what is loaded too much is not exchanged. */
function spanOf(months: readonly number[] | null): { fromMs: number; toMs: number } {
  if (months === null || months.length === 0) return { fromMs: 0, toMs: TIME_MAX_MS };
  const start = (month: number, plus: number) =>
    Date.UTC(Math.floor(month / 100), (month % 100) - 1 + plus, 1);
  return { fromMs: start(Math.min(...months), 0), toMs: start(Math.max(...months), 1) };
}
