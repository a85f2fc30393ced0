import { setImmediate as nextTurn } from 'node:timers/promises';
import { EntityRegistry } from '../ledger/entities.js';
import { Admission } from './admission.js';
import { Batch, type BatchParts } from './batch.js';
import { type Answer, Refused, type Submission } from './submission.js';
import { type Cut, TenantQueues } from './tenant-queues.js';

/** Most clicks in one transaction. */
export const BATCH_CLICKS_MAX = 2_000;
/** Of a batch of light tenants beside a long one: it stays short, whoever else has a few clicks. */
const LIGHT_BATCH_CLICKS_MAX = 500;
const DRAIN = { name: 'ingest batch', failure: 'a batch failed; its requests are answered 500' };

/**
 * Group commit. One batch is in flight at a time; what arrives meanwhile forms the next one. No timers and no fixed
 * size: under light load a batch is one click, under heavy load it grows until the commits keep up.
 *
 * While a batch of somebody's many clicks is in flight, the few clicks of other tenants are committed beside it, in batches of
 * their own. No tenant is in both.
 *
 *     submit ─▶ queue ─▶ take ─▶ Batch.commit ─▶ answers
 *                 │
 *            full: 503
 */
export class Ingest {
  readonly #queue = new TenantQueues();
  #running: Promise<void> | null = null;
  /** Whether the batch in flight may take long. */
  #isLong = false;
  /** The short batches beside it. */
  #beside: Promise<void> | null = null;
  #stopping = false;
  readonly #entities = new EntityRegistry();
  readonly #admission = new Admission();

  constructor(private readonly parts: BatchParts) {}

  get queuedClicks(): number {
    return this.#queue.clicks;
  }

  /** Most clicks that may wait now. */
  get queueMax(): number {
    return this.#admission.queueMax;
  }

  /** Whether no request of the tenant would be taken now: it needs no parsing to be refused. */
  isFullFor(tenantId: number): boolean {
    return !this.#admits(tenantId, performance.now());
  }

  #admits(tenantId: number, nowMs: number): boolean {
    const queue = this.#queue;
    return this.#admission.admits(queue.clicks, nowMs, queue.clicksOf(tenantId), queue.tenantsWith(tenantId));
  }

  /** Counts requests that were refused unread because `isFullFor` their tenant. */
  refusedUnread(): void {
    this.parts.meter.refused('queue_full', 1);
  }

  /** Resolves when the clicks are on disk. Rejects with `Refused`; then nothing was acknowledged. */
  submit(submission: Submission): Promise<Answer> {
    if (this.#stopping) {
      this.parts.meter.refused('stopping', submission.clicks.length);
      return Promise.reject(new Refused('stopping'));
    }
    const arrivedAtMs = performance.now();
    if (!this.#admits(submission.tenantId, arrivedAtMs)) {
      this.parts.meter.refused('queue_full', submission.clicks.length);
      return Promise.reject(new Refused('queue_full'));
    }
    return new Promise((resolve, reject) => {
      this.#queue.add({ submission, resolve, reject, arrivedAtMs });
      this.#running ??= this.#drain();
      if (this.#isLong && this.#queue.isLight(submission.tenantId)) this.#beside ??= this.#drainBeside();
    });
  }

  /** Refuses new requests, answers those accepted, and resolves when the last is committed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #drain(): Promise<void> {
    // Let the other requests of this turn of the event loop in before the first batch is cut.
    await nextTurn();
    while (this.#queue.requests > 0 || this.#beside) {
      const cut = this.#queue.take(BATCH_CLICKS_MAX);
      if (cut.requests.length === 0) {
        // Whoever waits has a short batch in flight.
        await this.#beside;
        continue;
      }
      this.#isLong = cut.isLong;
      if (this.#isLong && this.#queue.hasLight()) this.#beside ??= this.#drainBeside();
      const clicks = cut.requests.reduce((sum, waiting) => sum + waiting.submission.clicks.length, 0);
      const oldestMs = cut.requests.reduce(
        (oldest, { arrivedAtMs }) => Math.min(oldest, arrivedAtMs),
        Infinity,
      );
      const waitedMs = performance.now() - oldestMs;
      const isCommitted = await this.#commitCut(cut);
      this.#isLong = false;
      const requestsWaiting = this.#queue.requests;
      this.#admission.batchDone({ clicks, waitedMs, requestsWaiting, isCommitted }, performance.now());
    }
    this.#running = null;
  }

  /** Short batches while a long one is in flight. What is left then is in the next one. */
  async #drainBeside(): Promise<void> {
    await nextTurn();
    while (this.#isLong && this.#queue.hasLight())
      await this.#commitCut(this.#queue.takeLight(LIGHT_BATCH_CLICKS_MAX));
    this.#beside = null;
  }

  async #commitCut(cut: Cut): Promise<boolean> {
    try {
      const batch = new Batch(cut.requests, this.parts, {
        entities: this.#entities,
        again: (waiting) => this.#queue.add(waiting),
        // The short batches beside a long one go on between its steps.
        letOthersIn: async () => void (cut.isLong && this.#beside && (await nextTurn())),
      });
      return await batch.commit();
    } catch (error) {
      // Nothing in a batch should throw; should it all the same, no request may hang.
      this.parts.background.failed(DRAIN, error);
      for (const waiting of cut.requests)
        waiting.reject(new Refused('internal', waiting.submission.requestId));
      return false;
    } finally {
      this.#queue.done(cut);
    }
  }
}
