import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import type { ClickHouseTarget } from '../analytics/client.js';
import { monthsBeyondLedger } from '../analytics/rollups/dropped-months.js';
import { fold } from '../analytics/rollups/fold.js';
import { loadChunk, loadChunks } from '../analytics/rollups/load-chunk.js';
import { RebuildTables } from '../analytics/rollups/rebuild-tables.js';
import { ROLLUPS, type Rollup, type RollupMarks } from '../click/rollups.js';
import { readMarks } from '../ledger/folds.js';
import { newestDelivered, planRebuild, type RebuildPage, readRebuildPage } from '../ledger/rebuild-plan.js';
import { readWatermark } from '../ledger/retention.js';
import type { Background } from '../lib/background.js';
import { sleep } from '../lib/backoff.js';
import { type HeldLock, LOCKS, tryLock } from '../lib/locks.js';
import { type Log, messageOf } from '../lib/log.js';
import type { Folds } from './folds.js';

const TASK = { name: 'rebuild', failure: 'analytics could not be rebuilt; it is as it was' };
/** Inserts at the same time. */
const AT_ONCE = 2;
const LOCK_POLL_MS = 200;
const TIME_MAX_MS = Date.UTC(2200, 0, 1);
/** Clicks that may be left for the end, when the relay waits for them. */
const REST_CLICKS_MAX = 100_000;

/** How far a rebuild is. */
export interface RebuildProgress {
  state: 'idle' | 'loading' | 'finishing' | 'done' | 'failed';
  /** Months that are rebuilt, as in 202511; null for all. */
  months: readonly number[] | null;
  /** Months that were rebuilt. */
  exchanged: readonly number[];
  /** Months that stayed as they were, since the ledger no longer has all of their clicks. */
  kept: readonly number[];
  clicksDone: number;
  clicksTotal: number;
  seconds: number;
  error: string | null;
}

const NOTHING_FOLDED: RollupMarks = { minutes: 0, pairs: 0 };

/** What became of a rebuild; of one that failed or was given up, nothing was exchanged. */
export type RebuildOutcome = Pick<RebuildProgress, 'exchanged' | 'kept' | 'error'>;

/** Where a rebuild is filled up to. */
interface Loaded {
  scratch: RebuildTables;
  /** The last chunk whose clicks it has. */
  upTo: number;
  /** How far they are folded there: no further than the rollups that queries read, whose marks will count for these. */
  marks: RollupMarks;
}

/**
 * Rebuilds analytics from the ledger while events come in and queries go on.
 *
 *     fill and fold a second set of tables ─▶ (between two chunks of the relay) fill in what came meanwhile ─▶ exchange the partitions
 *
 * Until the exchange nobody sees anything of it; a crash before leaves tables that the next rebuild drops. A month of which
 * retention has dropped clicks in the ledger is left as it is: analytics then knows more of it.
 */
export class Rebuild {
  #progress: RebuildProgress = progressOf('idle', null);
  #startedAt = 0;
  #loaded: Loaded | null = null;
  #lock: HeldLock | null = null;
  #exchanges = 0;
  #work: Promise<void> = Promise.resolve();
  #tell: (outcome: RebuildOutcome) => void = () => undefined;
  /** Aborted with the reason when the rebuild at hand is given up. */
  #giveUp = new AbortController();
  #isElsewhere = false;

  constructor(
    private readonly parts: {
      pool: pg.Pool;
      client: ClickHouseClient;
      target: ClickHouseTarget;
      folds: Pick<Folds, 'settled'>;
      background: Background;
      log: Log;
    },
  ) {}

  get isRunning(): boolean {
    return this.#progress.state === 'loading' || this.#progress.state === 'finishing';
  }

  /** How often partitions were exchanged since the start: what was read before another one was made of rows that are gone. */
  get exchanges(): number {
    return this.#exchanges;
  }

  get lastError(): string | null {
    return this.#progress.error;
  }

  get progress(): RebuildProgress {
    return { ...this.#progress, seconds: this.isRunning ? this.#elapsed() : this.#progress.seconds };
  }

  /** Whether another process relays: only there can a rebuild end, between two chunks. */
  get isElsewhere(): boolean {
    return this.#isElsewhere;
  }

  /** Begins in the background, unless one is running or another process relays: then null. The promise never rejects. */
  start(months: readonly number[] | null): Promise<RebuildOutcome> | null {
    if (this.isRunning || this.#isElsewhere) return null;
    this.#startedAt = performance.now();
    this.#giveUp = new AbortController();
    this.#progress = progressOf('loading', months);
    const outcome = new Promise<RebuildOutcome>((resolve) => {
      this.#tell = resolve;
    });
    this.#work = this.#load(months).catch((error: unknown) => this.#failed(error));
    return outcome;
  }

  /** Gives up what is under way. */
  stop(): Promise<void> {
    return this.#abandon('The server stopped.');
  }

  /**
   * Another process relays: gives up what is under way here, which would have no turn to end in, and would keep everybody from
   * forgetting personal data meanwhile.
   */
  async follow(): Promise<void> {
    this.#isElsewhere = true;
    if (this.isRunning) await this.#abandon('Another process relays now; rebuild there.');
  }

  async #abandon(why: string): Promise<void> {
    const reason = new Error(why);
    this.#giveUp.abort(reason);
    await this.#work;
    const loaded = this.#loaded;
    if (!loaded) return;
    this.#loaded = null;
    // What is left of it goes with the next rebuild.
    await loaded.scratch.drop().catch((error: unknown) => this.parts.background.failed(TASK, error));
    await this.#failed(reason);
  }

  /** Ends a rebuild that has loaded, when there is one. The relay calls it between two chunks: nothing is inserted meanwhile. */
  async turn(session: pg.Client): Promise<void> {
    this.#isElsewhere = false;
    if (!this.#loaded) return;
    const { scratch } = this.#loaded;
    const loaded = this.#loaded;
    this.#loaded = null;
    this.#progress.state = 'finishing';
    const { months } = this.#progress;
    try {
      // The marks stand still from here to the exchange.
      await this.parts.folds.settled();
      await this.#fill(loaded, session);
      // Asked for after the last chunk was read: what retention has dropped meanwhile is not whole here either.
      const kept = await this.#monthsToKeep(session);
      await this.#lock?.check();
      const exchanged = await scratch.takeOver(this.parts.client, months, kept);
      this.#exchanges++;
      await this.#done(exchanged, kept);
    } catch (error) {
      await this.#failed(error);
    } finally {
      await scratch.drop();
    }
  }

  async #load(months: readonly number[] | null): Promise<void> {
    const { pool } = this.parts;
    if (months) {
      const kept = await this.#monthsToKeep(pool);
      if (months.every((month) => kept.includes(month))) return this.#done([], kept);
    }
    this.#lock = await this.#takeLock();
    const plan = await planRebuild(pool, months ? spanOf(months).fromMs : null);
    this.#progress.clicksTotal = plan.clicks;
    const scratch = await RebuildTables.make(this.parts.target);
    try {
      // What comes in meanwhile is loaded too, until little is left: the relay stands still for the rest.
      let loaded: Loaded = { scratch, upTo: plan.after, marks: NOTHING_FOLDED };
      let before: number;
      do {
        before = this.#progress.clicksDone;
        loaded = await this.#fill(loaded, pool);
      } while (this.#progress.clicksDone - before > REST_CLICKS_MAX);
      this.#loaded = loaded;
    } catch (error) {
      await scratch.drop();
      throw error;
    }
  }

  /** Nobody takes personal data away from here to the exchange: it would come back with what was read before. Waits for who does. */
  async #takeLock(): Promise<HeldLock> {
    for (;;) {
      this.#giveUp.signal.throwIfAborted();
      const held = await tryLock(this.parts.pool, LOCKS.personalData);
      if (held) return held;
      await sleep(LOCK_POLL_MS, this.#giveUp.signal);
    }
  }

  async #releaseLock(): Promise<void> {
    const lock = this.#lock;
    this.#lock = null;
    await lock?.release();
  }

  /** Fills in the chunks that analytics has now and the second set lacks, page by page, and folds them as far as analytics has. */
  async #fill({ scratch, upTo, marks }: Loaded, database: Pick<pg.ClientBase, 'query'>): Promise<Loaded> {
    const newMarks = (await readMarks(database)) ?? NOTHING_FOLDED;
    const target = await newestDelivered(database);
    // What was filled in before, and had not been folded by then.
    for (const rollup of ROLLUPS)
      await this.#fold(scratch, rollup, marks[rollup], Math.min(upTo, newMarks[rollup]));
    for (let last = upTo; ; ) {
      const { clicksTotal } = this.#progress;
      const page = await readRebuildPage(database, { after: last, upTo: target, clicksTotal });
      if (!page) return { scratch, upTo: Math.max(upTo, target), marks: newMarks };
      await this.#fillPage(scratch, page, newMarks);
      last = page.upTo;
    }
  }

  async #fillPage(scratch: RebuildTables, page: RebuildPage, marks: RollupMarks): Promise<void> {
    const { signal } = this.#giveUp;
    const runs = [...page.runs];
    const { fromMs, toMs } = spanOf(this.#progress.months);
    const foldChunks = async (first: number, last: number) => {
      for (const rollup of ROLLUPS)
        await this.#fold(scratch, rollup, first - 1, Math.min(last, marks[rollup]));
    };
    const worker = async () => {
      for (let run = runs.shift(); run; run = runs.shift()) {
        signal.throwIfAborted();
        const { kind, first, last } = run;
        await loadChunks(scratch.client, { kind, first, last, fromMs, toMs }, signal);
        if (kind === 'clicks') await foldChunks(first, last);
        this.#progress.clicksDone += run.clicks;
        this.#progress.clicksTotal = Math.max(this.#progress.clicksTotal, this.#progress.clicksDone);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    for (const part of page.parts) await loadChunk(scratch.client, part, signal);
    const clickParts = page.parts.filter((part) => part.kind === 'clicks');
    for (const chunkId of new Set(clickParts.map((part) => part.chunkId))) await foldChunks(chunkId, chunkId);
  }

  async #fold(scratch: RebuildTables, rollup: Rollup, from: number, to: number): Promise<void> {
    if (from < to)
      await fold(scratch.client, rollup, { from, to }, { once: false, signal: this.#giveUp.signal });
  }

  /** Months of which the ledger no longer has every click. */
  async #monthsToKeep(database: Pick<pg.ClientBase, 'query'>): Promise<number[]> {
    const { droppedThroughChunk } = await readWatermark(database);
    if ((await newestDelivered(database)) <= droppedThroughChunk)
      throw new Error('The ledger has no clicks to rebuild analytics from.');
    return monthsBeyondLedger(this.parts.client, droppedThroughChunk);
  }

  async #done(exchanged: readonly number[], kept: readonly number[]): Promise<void> {
    await this.#releaseLock();
    const seconds = this.#elapsed();
    const { months, clicksDone } = this.#progress;
    this.#progress = {
      ...this.#progress,
      state: 'done',
      clicksTotal: clicksDone,
      exchanged,
      kept: months === null ? kept : months.filter((month) => kept.includes(month)),
      seconds,
    };
    this.parts.log.info(
      { exchanged, kept, clicks: clicksDone, seconds, clicksPerSecond: Math.round(clicksDone / seconds) },
      'analytics was rebuilt from the ledger',
    );
    this.#tell(this.#progress);
  }

  async #failed(error: unknown): Promise<void> {
    await this.#releaseLock();
    const { aborted, reason } = this.#giveUp.signal;
    // Given up, it failed for that, whatever it was at.
    const message = messageOf(aborted ? reason : error);
    this.#progress = { ...this.#progress, state: 'failed', seconds: this.#elapsed(), error: message };
    if (!aborted) this.parts.background.failed(TASK, error);
    this.#tell(this.#progress);
  }

  #elapsed(): number {
    return Math.round((performance.now() - this.#startedAt) / 10) / 100;
  }
}

const progressOf = (state: 'idle' | 'loading', months: readonly number[] | null): RebuildProgress => ({
  state,
  months,
  exchanged: [],
  kept: [],
  clicksDone: 0,
  clicksTotal: 0,
  seconds: 0,
  error: null,
});

/** The time that some months lie in, whole months between them included: what is loaded too much is not exchanged. */
function spanOf(months: readonly number[] | null): { fromMs: number; toMs: number } {
  if (months === null || months.length === 0) return { fromMs: 0, toMs: TIME_MAX_MS };
  const start = (month: number, plus: number) =>
    Date.UTC(Math.floor(month / 100), (month % 100) - 1 + plus, 1);
  return { fromMs: start(Math.min(...months), 0), toMs: start(Math.max(...months), 1) };
}
