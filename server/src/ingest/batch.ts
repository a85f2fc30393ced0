import type pg from 'pg';
import type { RuleSet } from '../fraud/rule-set.js';
import {
  type Guard,
  type GuardAnswer,
  type GuardRequest,
  GuardUnavailable,
  type Settled,
} from '../guard/guard.js';
import type { EntityRegistry } from '../ledger/entities.js';
import type { Background } from '../lib/background.js';
import { errorFields, type Log } from '../lib/log.js';
import type { Tracing } from '../lib/tracing/tracing.js';
import { isTransient } from '../lib/transient.js';
import type { Wake } from '../lib/wake.js';
import type { BatchClick } from './batch-click.js';
import { BatchRequest, type Waiting } from './batch-request.js';
import { incrementsOf, rowsOf } from './batch-rows.js';
import { joinFollowers, judgeKey, replyOfFirst } from './idempotency.js';
import type { IngestMeter } from './meter.js';
import { storeRows } from './store.js';
import { type ClickOutcome, type Refusal, Refused } from './submission.js';

/** Ids of the requests of a failed commit that its log line names. */
const LOGGED_IDS_MAX = 20;

const TELL_GUARD = { name: 'guard marks', failure: 'the guard was not told; the ledger decides on repeats' };
const AWAIT_KEY = { name: 'idempotency key wait', failure: 'a request with a key in flight gets 409' };

export interface BatchParts {
  pool: pg.Pool;
  guard: Guard;
  /** The rules in force for a tenant. */
  rulesOf: (tenantId: number) => RuleSet;
  node: string;
  now: () => number;
  meter: IngestMeter;
  /** Told of each commit. */
  committed?: Wake;
  tracing?: Tracing | null;
  background: Background;
  log: Log;
}

export interface BatchQueue {
  entities: EntityRegistry;
  /** Takes a request for a later batch. */
  again(waiting: Waiting): void;
  /** Awaited between two steps, each of which may hold the event loop for milliseconds. */
  letOthersIn(): Promise<void>;
}

/**
 * One batch, from its requests to their answers. Each request is answered, refused, or given back for a later batch.
 *
 *     join followers ─▶ guard.look ─▶ keys ─▶ rules ─▶ ledger ─▶ answers ─▶ guard.settle
 *                           │           │                │
 *          away: go on without it   replay, 409, 422   failed: 503 or 500, guard.release
 */
export class Batch {
  readonly #requests: BatchRequest[];
  readonly #nowMs: number;
  /** What the guard rolls back: its part of requests that are not stored. */
  readonly #released: GuardRequest[] = [];
  /** What the guard remembers of those that are. */
  readonly #settled: Settled[] = [];
  #isGuarded = true;

  constructor(
    private readonly waiting: readonly Waiting[],
    private readonly parts: BatchParts,
    private readonly queue: BatchQueue,
  ) {
    this.#nowMs = parts.now();
    this.#requests = joinFollowers(
      waiting,
      (one) => new BatchRequest(one, parts.rulesOf(one.submission.tenantId)),
    );
  }

  /** Resolves with false when the ledger failed. */
  async commit(): Promise<boolean> {
    const { waiting, queue } = this;
    const trace = this.parts.tracing?.begin(
      'ingest batch',
      waiting.map(({ submission }) => submission.traceparent),
      { 'clickledger.requests': waiting.length },
    );
    await queue.letOthersIn();
    await this.#look();
    await queue.letOthersIn();
    trace?.step('guard look-up');

    const going = this.#requests.filter((request) => this.#goesOn(request));
    const rows = rowsOf(going);
    let isStored = true;
    if (rows.length > 0) {
      await queue.letOthersIn();
      isStored = await this.#store(rows, going);
      trace?.step('ledger commit');
    }
    if (isStored) {
      this.parts.committed?.notify();
      for (const request of going) this.#answer(request);
    }
    this.#tellGuard(rows, isStored);
    trace?.end(
      { 'clickledger.clicks': rows.length, 'clickledger.guard': this.#isGuarded },
      isStored ? undefined : 'the ledger did not commit',
    );
    return isStored;
  }

  /** Without the guard, layer 3 still holds, and the velocity rules are marked as not run. */
  async #look(): Promise<void> {
    const { guard, meter, log } = this.parts;
    const startedAt = performance.now();
    try {
      const answers = await guard.look(this.#requests, this.#nowMs);
      meter.looked(performance.now() - startedAt);
      for (const [i, request] of this.#requests.entries()) request.hear(answers[i] as GuardAnswer);
    } catch (error) {
      if (!(error instanceof GuardUnavailable)) log.error(errorFields(error), 'the guard failed');
      meter.guardAway();
      this.#isGuarded = false;
    }
  }

  /** Whether the request's clicks go to the ledger; if not, it is answered here, or will be. */
  #goesOn(request: BatchRequest): boolean {
    const { waiting, followers } = request;
    const verdict = judgeKey(request, this.parts.node, this.#nowMs);
    if (verdict === 'go_on') return true;
    if (typeof verdict === 'object') {
      this.#replay(waiting, verdict.replay);
      this.#replayToFollowers(request, verdict.replay);
      return false;
    }
    if (verdict === 'reused') {
      this.#released.push(request.addedBesideKey());
      this.#refuse(waiting, 'key_reused');
    } else void this.parts.background.run(AWAIT_KEY, () => this.#awaitFirst(waiting));
    // Followers have bodies of their own, and look at the key on their own.
    for (const follower of followers) this.queue.again(follower);
    return false;
  }

  /** Stores the rows; takes out of `going` what the ledger refuses. Resolves with false when the ledger failed. */
  async #store(rows: readonly BatchClick[], going: BatchRequest[]): Promise<boolean> {
    const { pool, meter, log } = this.parts;
    const startedAt = performance.now();
    try {
      const refused = await storeRows(
        pool,
        this.queue.entities,
        { rows, requests: going },
        this.#nowMs,
        meter,
      );
      meter.committed(rows.length, performance.now() - startedAt);
      for (const { request, refusal, error } of refused) {
        const { requestId, tenantId } = request.waiting.submission;
        log.error(
          { ...errorFields(error), tenantId, requestId, refusal },
          'the ledger refused a request; the others of its batch are stored',
        );
        going.splice(going.indexOf(request), 1);
        this.#released.push(request.added());
        for (const waiting of [request.waiting, ...request.followers]) this.#refuse(waiting, refusal);
      }
      return true;
    } catch (error) {
      this.#failed(error, going);
      return false;
    }
  }

  #failed(error: unknown, going: readonly BatchRequest[]): void {
    const { log, meter } = this.parts;
    const clicks = going.reduce((sum, request) => sum + request.clicks.length, 0);
    const requestIds = going.slice(0, LOGGED_IDS_MAX).map(({ waiting }) => waiting.submission.requestId);
    const reason = isTransient(error) ? 'ledger_unavailable' : 'internal';
    log.error(
      { ...errorFields(error), clicks, requests: going.length, requestIds },
      'a commit failed; its requests are refused',
    );
    meter.refused(reason, clicks);
    for (const request of going) {
      this.#released.push(request.added());
      for (const { reject, submission } of [request.waiting, ...request.followers])
        reject(new Refused(reason, submission.requestId));
    }
  }

  /** Answers a request whose clicks are on disk. */
  #answer(request: BatchRequest): void {
    const { tenantId, idempotency, waiting } = request;
    const outcomes: ClickOutcome[] = [];
    const marked: ClickOutcome[] = [];
    for (const click of request.clicks) {
      const outcome = click.tell();
      outcomes.push(outcome);
      if (click.mayRepeat) marked.push(outcome);
    }
    this.parts.meter.outcomes(outcomes);
    const isRepeat = outcomes.length > 0 && outcomes.every(({ isDuplicate }) => isDuplicate);
    if (idempotency === null) {
      waiting.resolve({ isRepeat, outcomes });
      if (marked.length > 0) this.#settled.push({ tenantId, idempotency, clicks: marked });
      return;
    }
    const { key, bodyHash } = idempotency;
    const reply = idempotency.writeReply(outcomes);
    waiting.resolve({ isRepeat, reply });
    this.#replayToFollowers(request, reply);
    this.#settled.push({ tenantId, idempotency: { key, bodyHash, reply }, clicks: marked });
  }

  /** The reply of the first with their key, or 422 for those with another body. */
  #replayToFollowers({ idempotency, followers }: BatchRequest, reply: string): void {
    for (const follower of followers)
      if (follower.submission.idempotency?.bodyHash === idempotency?.bodyHash) this.#replay(follower, reply);
      else this.#refuse(follower, 'key_reused');
  }

  #replay({ submission, resolve }: Waiting, reply: string): void {
    this.parts.meter.duplicates(submission.clicks.length);
    resolve({ isRepeat: true, reply });
  }

  #refuse({ submission, reject }: Waiting, reason: Refusal): void {
    this.parts.meter.refused(reason, submission.clicks.length);
    reject(new Refused(reason, submission.requestId));
  }

  /** The first request with this key is in flight on another node: wait for its reply, then give up with 409. */
  async #awaitFirst(waiting: Waiting): Promise<void> {
    const { tenantId, idempotency } = waiting.submission;
    let reply: string | null = null;
    try {
      if (idempotency) reply = await replyOfFirst(this.parts.guard, tenantId, idempotency.key);
    } finally {
      // Also when the guard went away: 409 lets the client try again.
      if (reply === null) this.#refuse(waiting, 'key_in_flight');
      else this.#replay(waiting, reply);
    }
  }

  /** In the background: nobody waits for it, and the ledger decides on repeats without it. */
  #tellGuard(rows: readonly BatchClick[], isStored: boolean): void {
    if (!this.#isGuarded) return;
    const { background, guard } = this.parts;
    const tell = (work: () => Promise<void>) => void background.run(TELL_GUARD, work);
    if (isStored && rows.length + this.#settled.length > 0)
      tell(() => guard.settle(this.#settled, incrementsOf(rows)));
    if (this.#released.length > 0) tell(() => guard.release(this.#released));
  }
}
