import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import type { Guard } from '../guard/guard.js';
import { Refused } from '../ingest/submission.js';
import type { Background } from '../lib/background.js';
import { errorFields, type Log } from '../lib/log.js';
import { isTransient } from '../lib/transient.js';
import type { Wake } from '../lib/wake.js';
import { commitConversions } from './commit.js';
import {
  type ConversionAnswer,
  type ConversionOutcome,
  type ConversionSubmission,
  ConversionsFull,
  RefusedConversion,
} from './conversion.js';
import { ConversionKeys } from './idempotency.js';
import type { ConversionMeter } from './meter.js';
import { ConversionQueue, type WaitingConversions } from './queue.js';

const COMMIT = {
  name: 'conversions',
  failure: 'a commit of conversions failed; its requests are answered 500',
};

interface Parts {
  /** Connections of its own: conversions wait for each other and for no click. */
  pool: pg.Pool;
  guard: Guard;
  node: string;
  now: () => number;
  meter: ConversionMeter;
  /** Told of each commit. */
  committed: Wake;
  background: Background;
  log: Log;
}

/**
 * Group commit of conversions, apart from that of clicks: one commit is in flight at a time, and what arrives meanwhile forms the next one.
 *
 *     submit ─▶ keys (replay, 409, 422) ─▶ queue ─▶ commitConversions ─▶ answers
 *                                            │
 *                                       full: 503
 */
export class ConversionIntake {
  readonly #queue = new ConversionQueue();
  readonly #keys: ConversionKeys;
  #running: Promise<void> | null = null;
  #isStopping = false;

  constructor(private readonly parts: Parts) {
    this.#keys = new ConversionKeys(parts);
  }

  get queued(): number {
    return this.#queue.load;
  }

  /** Whether no request of the tenant would be taken now: it needs no parsing to be refused. */
  isFullFor(tenantId: number): boolean {
    return !this.#queue.hasRoomFor(tenantId);
  }

  /** Counts a request that was refused unread, and says so. */
  refuseUnread(): ConversionsFull {
    this.parts.meter.refused('queue_full');
    return new ConversionsFull();
  }

  /**
   * Resolves when the conversions are on disk.
   *
   * @throws Refused, ConversionsFull: nothing was acknowledged; RefusedConversion of one that came alone
   */
  async submit(submission: ConversionSubmission): Promise<ConversionAnswer> {
    const { idempotency } = submission;
    if (idempotency === null) return this.#enqueue(submission);
    return this.#keys.once(submission.tenantId, idempotency, async () => {
      const answer = await this.#enqueue(submission);
      return 'reply' in answer ? answer : { ...answer, reply: idempotency.writeReply(answer.outcomes) };
    });
  }

  /** Refuses new requests, and resolves when the last of those accepted is answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  #enqueue(submission: ConversionSubmission): Promise<ConversionAnswer> {
    const { meter } = this.parts;
    const count = submission.conversions.length;
    if (this.#isStopping) {
      meter.refused('stopping', count);
      return Promise.reject(new Refused('stopping'));
    }
    if (this.isFullFor(submission.tenantId)) {
      meter.refused('queue_full', count);
      return Promise.reject(new ConversionsFull());
    }
    return new Promise((resolve, reject) => {
      this.#queue.add({ submission, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    // Let the other requests of this turn of the event loop in before the first commit.
    await nextTurn();
    for (let waiting = this.#queue.take(); waiting.length > 0; waiting = this.#queue.take())
      await this.#commit(waiting);
    this.#running = null;
  }

  async #commit(requests: readonly WaitingConversions[]): Promise<void> {
    const { pool, now, committed, log, background } = this.parts;
    try {
      const { outcomes, refused } = await commitConversions(
        pool,
        requests.map(({ submission }) => submission),
        now(),
      );
      committed.notify();
      for (const { submission, error } of refused) {
        const { tenantId, requestId } = submission;
        log.error(
          { ...errorFields(error), tenantId, requestId },
          'the ledger refused conversions; others are stored',
        );
      }
      for (const one of requests) this.#answer(one, outcomes.get(one.submission) ?? null);
    } catch (error) {
      const reason = isTransient(error) ? 'ledger_unavailable' : 'internal';
      if (reason === 'internal') background.failed(COMMIT, error);
      else log.warn({ ...errorFields(error), requests: requests.length }, 'conversions were not committed');
      for (const one of requests) this.#refuse(one, reason);
    }
  }

  /** @param outcomes null: PostgreSQL refused what is in the request */
  #answer(waiting: WaitingConversions, outcomes: readonly ConversionOutcome[] | null): void {
    if (outcomes === null) {
      this.#refuse(waiting, 'not_storable');
      return;
    }
    const { meter } = this.parts;
    let [accepted, duplicates] = [0, 0];
    for (const outcome of outcomes)
      if ('wrong' in outcome) meter.refused(outcome.wrong.code);
      else if (outcome.isDuplicate) duplicates++;
      else accepted++;
    meter.accepted(accepted);
    meter.duplicates(duplicates);
    const [first] = outcomes;
    if (waiting.submission.isAlone && first && 'wrong' in first)
      waiting.reject(new RefusedConversion(first.wrong));
    else waiting.resolve({ isRepeat: accepted === 0 && duplicates > 0, outcomes });
  }

  #refuse(
    { submission, reject }: WaitingConversions,
    reason: 'not_storable' | 'ledger_unavailable' | 'internal',
  ): void {
    this.parts.meter.refused(reason, submission.conversions.length);
    reject(new Refused(reason, submission.requestId));
  }
}
