import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { Counter, Histogram, type Registry } from 'prom-client';
import { FOLD_CLICKS_MAX, filledByViews, fold } from '../analytics/rollups/fold.js';
import type { EventKind } from '../click/event-kinds.js';
import { ROLLUPS, type Rollup } from '../click/rollups.js';
import type { ChunkPart } from '../ledger/chunks.js';
import {
  beginFolds,
  countUnfolded,
  type Fold,
  fixedFolds,
  fixFold,
  markFolded,
  readMarks,
  type Unfolded,
  unfoldedChunks,
} from '../ledger/folds.js';
import { newestDelivered } from '../ledger/rebuild-plan.js';
import type { Background } from '../lib/background.js';

/** When minutes are folded: with so many clicks waiting, or when the oldest has waited so long. */
export interface Due {
  clicks: number;
  seconds: number;
}
/** Pairs make hardly fewer rows than clicks, and wait longer. */
const PATIENCE: Record<Rollup, number> = { minutes: 1, pairs: 2 };

/** With so many clicks behind, the next chunk waits: a query reads no more of them one by one. */
export const BEHIND_CLICKS_MAX = 1_000_000;
/** Time from a failure to the next try. */
const RETRY_MS = 1_000;
const TASK = { name: 'folding', failure: 'rollups could not be folded; it is tried again' };

/**
 * Folds rollups from the raw clicks of whole chunks, exactly once:
 *
 *     choose ─▶ (fold fixed in the ledger) ─▶ one insert under its token ─▶ the mark moves
 *
 * A crash between any two steps sends the same fold again, and ClickHouse drops the repeat. It begins between two chunks, and goes on
 * beside the next ones; one at a time.
 */
export class Folds {
  #work: Promise<void> | null = null;
  /** The one of the lock that this process relays under. */
  #session: pg.Client | null = null;
  /** Whether clicks wait to be folded, as far as is known. */
  #isWaiting = true;
  /** Whether a fold may be fixed that nobody works at: of a relay before this one, or one that failed. */
  #mayBeFixed = true;
  #notBefore = 0;
  readonly #stop = new AbortController();
  readonly #folded: Counter<'rollup'>;
  readonly #seconds: Histogram<'rollup'>;

  constructor(
    private readonly parts: {
      client: ClickHouseClient;
      pool: pg.Pool;
      registry: Registry;
      background: Background;
      due: Due;
      /** Called when a fold has ended: perhaps the next is due. */
      onEnd?: () => void;
      behindClicksMax?: number;
    },
  ) {
    const registers = [parts.registry];
    const labelNames = ['rollup'] as const;
    this.#folded = new Counter({
      name: 'clickledger_folds_total',
      help: 'Folds of raw clicks into a rollup.',
      labelNames,
      registers,
    });
    this.#seconds = new Histogram({
      name: 'clickledger_fold_seconds',
      help: 'Time that a fold of raw clicks into a rollup takes.',
      labelNames,
      buckets: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
      registers,
    });
  }

  /** Before the first chunk of a relay: notes where folding begins, in a ledger that does not know. */
  async lead(session: pg.Client): Promise<void> {
    if ((await readMarks(session)) === null)
      await beginFolds(session, (await filledByViews(this.parts.client)) ?? (await newestDelivered(session)));
    this.#session = session;
    this.#mayBeFixed = true;
    this.#isWaiting = true;
  }

  /** Begins the next fold, when one is due. Waits for the one at hand only when too much is behind. */
  async turn(session: pg.Client, hasMoved: boolean): Promise<void> {
    if (this.#stop.signal.aborted) return;
    await this.parts.background.run(TASK, async () => {
      if (this.#work && (await countUnfolded(session)) > (this.parts.behindClicksMax ?? BEHIND_CLICKS_MAX))
        await this.#work;
      if (this.#work || performance.now() < this.#notBefore) return;
      if (!hasMoved && !this.#isWaiting) return;
      const [fixed] = this.#mayBeFixed ? await fixedFolds(session) : [];
      this.#mayBeFixed = fixed !== undefined;
      const next = fixed ?? (await this.#fixNext(session));
      if (next) this.#work = this.#fold(next);
    });
  }

  /**
   * Resolves when every fold that is fixed is done, also one that a relay before this has left: what rollups hold is then what their marks say.
   * The next fold begins in a turn.
   *
   * @throws when a fold that was left can not be done now
   */
  async settled(): Promise<void> {
    await this.#work;
    if (!this.#mayBeFixed || !this.#session) return;
    for (const left of await fixedFolds(this.#session)) await this.#send(left);
    this.#mayBeFixed = false;
  }

  /**
   * A part of a chunk that was set aside, and is delivered now: its chunk may be folded already.
   *
   * @throws on transient errors: the part is then sent and folded again
   */
  async foldPart(session: pg.Client, kind: EventKind, chunkId: number, part: ChunkPart): Promise<void> {
    if (kind !== 'clicks') return;
    const marks = await readMarks(session);
    for (const rollup of ROLLUPS)
      if (marks && chunkId <= marks[rollup])
        await fold(this.parts.client, rollup, { from: chunkId - 1, to: chunkId, part });
  }

  /** Gives up the fold at hand: the next start sends it again. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  async #fixNext(session: pg.Client): Promise<Fold | null> {
    const { due } = this.parts;
    const urgency = ({ rollup, clicks, seconds, isWanted }: Unfolded) =>
      isWanted ? Infinity : Math.max(clicks / due.clicks, seconds / due.seconds) / PATIENCE[rollup];
    const unfolded = await unfoldedChunks(session, FOLD_CLICKS_MAX);
    this.#isWaiting = unfolded.length > 0;
    const [most] = unfolded.sort((a, b) => urgency(b) - urgency(a));
    return most && urgency(most) >= 1 ? fixFold(session, most.rollup, most.to) : null;
  }

  async #fold(next: Fold): Promise<void> {
    try {
      await this.#send(next);
    } catch (error) {
      this.#mayBeFixed = true;
      this.#notBefore = performance.now() + RETRY_MS;
      if (!this.#stop.signal.aborted) this.parts.background.failed(TASK, error);
    } finally {
      this.#work = null;
      this.parts.onEnd?.();
    }
  }

  async #send(next: Fold): Promise<void> {
    const { rollup } = next;
    const stopTimer = this.#seconds.startTimer({ rollup });
    await fold(this.parts.client, rollup, next, { signal: this.#stop.signal });
    await markFolded(this.parts.pool, next);
    stopTimer();
    this.#folded.inc({ rollup });
  }
}
