import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import type { RuleSet } from '../fraud/rule-set.js';
import { type Guard, type GuardAnswer, type GuardRequest, GuardUnavailable } from '../guard/guard.js';
import { EntityRegistry } from '../ledger/entities.js';
import type { Background } from '../lib/background.js';
import { sleep } from '../lib/backoff.js';
import { errorFields, type Log } from '../lib/log.js';
import type { Tracing } from '../lib/tracing/tracing.js';
import { isTransient } from '../lib/transient.js';
import { Admission } from './admission.js';
import {
  addedBy,
  Draft,
  type Entry,
  judgeKey,
  type Plan,
  planOf,
  splitFollowers,
  toSettled,
  type Waiting,
} from './batch.js';
import type { IngestMeter } from './meter.js';
import { type RefusedRequest, storeBatch } from './store.js';
import { type Answer, type Refusal, Refused, type Submission } from './submission.js';
import { type Cut, TenantQueues } from './tenant-queues.js';

/** Most clicks in one transaction. */
export const BATCH_CLICKS_MAX = 2_000;
/** Of a batch of light tenants beside a long one: it stays short, whoever else has a few clicks. */
const LIGHT_BATCH_CLICKS_MAX = 500;
/** How long a request waits for the first one with its key, on another node. */
const KEY_WAIT_MS_MAX = 1_000;
const KEY_POLL_MS = 50;
/** Ids of the requests of a failed commit that its log line names. */
const LOGGED_IDS_MAX = 20;

const DRAIN = { name: 'ingest batch', failure: 'a batch failed; its requests are answered 500' };
const TELL_GUARD = { name: 'guard marks', failure: 'the guard was not told; the ledger decides on repeats' };
const AWAIT_KEY = { name: 'idempotency key wait', failure: 'a request with a key in flight gets 409' };

/** A request whose clicks go to the ledger. */
interface Going {
  waiting: Waiting;
  plan: Plan;
  /** Undefined when the guard was away. */
  answer: GuardAnswer | undefined;
  entries: readonly Entry[];
}

/**
 * Group commit. One batch is in flight at a time; what arrives meanwhile forms the next one. No timers and no fixed
 * size: under light load a batch is one click, under heavy load it grows until the commits keep up.
 *
 * While a batch of somebody's many clicks is in flight, the few clicks of other tenants are committed beside it, in batches of
 * their own. No tenant is in both.
 *
 *     submit ─▶ queue ─▶ take ─▶ join followers ─▶ guard.look ─▶ keys ─▶ rules ─▶ ledger ─▶ replies ─▶ guard.settle
 *                 │                                    │                           │
 *            full: 503                       away: go on without it         failed: guard.release, 503 or 500
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

  constructor(
    private readonly parts: {
      pool: pg.Pool;
      guard: Guard;
      /** The rules in force for a tenant. */
      rulesOf: (tenantId: number) => RuleSet;
      node: string;
      now: () => number;
      meter: IngestMeter;
      tracing?: Tracing | null;
      background: Background;
      log: Log;
    },
  ) {}

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

  /** Between two steps of a long batch, each of which holds the event loop for milliseconds: lets the short ones beside it go on. */
  async #letOthersIn({ isLong }: Cut): Promise<void> {
    if (isLong && this.#beside) await nextTurn();
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
      return await this.#commit(cut);
    } catch (error) {
      // Nothing in #commit should throw; should it all the same, no request may hang.
      this.parts.background.failed(DRAIN, error);
      for (const waiting of cut.requests)
        waiting.reject(new Refused('internal', waiting.submission.requestId));
      return false;
    } finally {
      this.#queue.done(cut);
    }
  }

  /** Resolves with false when the ledger failed. */
  async #commit(cut: Cut): Promise<boolean> {
    const batch = cut.requests;
    const { node, now, meter } = this.parts;
    const nowMs = now();
    const { first, followers } = splitFollowers(batch);
    const trace = this.parts.tracing?.begin(
      'ingest batch',
      batch.map(({ submission }) => submission.traceparent),
      { 'clickledger.requests': batch.length },
    );
    const plans = first.map((waiting) => planOf(waiting, this.parts.rulesOf(waiting.submission.tenantId)));
    await this.#letOthersIn(cut);
    const answers = await this.#look(plans, nowMs);
    await this.#letOthersIn(cut);
    trace?.step('guard look-up');
    /** What is rolled back of a request that is not stored. */
    const takenBack: GuardRequest[] = [];

    const draft = new Draft();
    const going: Going[] = [];
    const replies = new Map<Waiting, string>();
    first.forEach((waiting, i) => {
      const answer = answers?.[i];
      const plan = plans[i] as Plan;
      const verdict = answer ? judgeKey(waiting, answer, node, nowMs) : 'go_on';
      if (verdict === 'go_on') {
        going.push({ waiting, plan, answer, entries: draft.add(waiting.submission, plan, answer) });
      } else if (verdict === 'reused') {
        if (answer) takenBack.push(refusedPart(plan, answer));
        this.#refuse(waiting, 'key_reused');
      } else if (verdict === 'in_flight') {
        void this.parts.background.run(AWAIT_KEY, () => this.#awaitKey(waiting));
      } else {
        meter.duplicates(waiting.submission.clicks.length);
        replies.set(waiting, verdict.replay);
        waiting.resolve({ isRepeat: true, body: verdict.replay });
      }
    });

    let refused: RefusedRequest<Going>[] = [];
    if (going.length > 0) {
      if (draft.rows.length > 0) {
        await this.#letOthersIn(cut);
        const startedAt = performance.now();
        try {
          refused = await this.#store(draft, going, nowMs);
        } catch (error) {
          this.#failed(error, going, followers);
          const goingBack = going.flatMap(({ plan, answer }) => (answer ? [addedBy(plan, answer)] : []));
          this.#takeBack([...goingBack, ...takenBack]);
          trace?.step('ledger commit');
          trace?.end({}, 'the ledger did not commit');
          return false;
        }
        trace?.step('ledger commit');
        meter.committed(draft.rows.length, performance.now() - startedAt);
      }
      takenBack.push(...this.#refusedByLedger(refused, followers));
      const stored =
        refused.length === 0 ? going : going.filter((one) => !refused.some(({ request }) => request === one));
      const settled = stored.map(({ waiting, entries }) => {
        const outcomes = draft.outcomes(waiting.submission, entries);
        const body = waiting.submission.reply(outcomes);
        replies.set(waiting, body);
        meter.outcomes(outcomes);
        waiting.resolve({
          isRepeat: outcomes.length > 0 && outcomes.every((outcome) => outcome.isDuplicate),
          body,
        });
        return toSettled(waiting.submission, outcomes, body);
      });
      if (answers) this.#tellGuard((guard) => guard.settle(settled, draft.increments()));
    }
    this.#answerFollowers(followers, replies);
    this.#takeBack(takenBack);
    trace?.end({ 'clickledger.clicks': draft.rows.length, 'clickledger.guard': answers !== null });
    return true;
  }

  #store(draft: Draft, going: readonly Going[], nowMs: number): Promise<RefusedRequest<Going>[]> {
    const { pool, meter } = this.parts;
    return storeBatch(pool, this.#entities, draft, going, nowMs, (appended) => meter.appended(appended));
  }

  /** Answers the requests that the ledger refuses, and their followers; returns what the guard takes back. */
  #refusedByLedger(
    refused: readonly RefusedRequest<Going>[],
    followers: Map<Waiting, Waiting>,
  ): GuardRequest[] {
    return refused.flatMap(({ request: { waiting, plan, answer }, refusal, error }) => {
      const { requestId, tenantId } = waiting.submission;
      this.parts.log.error(
        { ...errorFields(error), tenantId, requestId, refusal },
        'the ledger refused a request; the others of its batch are stored',
      );
      this.#refuse(waiting, refusal);
      for (const [follower, leader] of followers) {
        if (leader !== waiting) continue;
        followers.delete(follower);
        this.#refuse(follower, refusal);
      }
      return answer ? [addedBy(plan, answer)] : [];
    });
  }

  /** Null when the guard is away: layer 3 still holds, and the velocity rules are marked as not run. */
  async #look(plans: readonly Plan[], nowMs: number): Promise<GuardAnswer[] | null> {
    const startedAt = performance.now();
    try {
      const answers = await this.parts.guard.look(
        plans.map(({ guard }) => guard),
        nowMs,
      );
      this.parts.meter.looked(performance.now() - startedAt);
      return answers;
    } catch (error) {
      if (!(error instanceof GuardUnavailable)) this.parts.log.error(errorFields(error), 'the guard failed');
      this.parts.meter.guardAway();
      return null;
    }
  }

  #failed(error: unknown, going: readonly Going[], followers: Map<Waiting, Waiting>): void {
    const failed = going.map(({ waiting }) => waiting);
    const clicks = failed.reduce((sum, waiting) => sum + waiting.submission.clicks.length, 0);
    const requestIds = failed.slice(0, LOGGED_IDS_MAX).map(({ submission }) => submission.requestId);
    const reason = isTransient(error) ? 'ledger_unavailable' : 'internal';
    this.parts.log.error(
      { ...errorFields(error), clicks, requests: going.length, requestIds },
      'a commit failed; its requests are refused',
    );
    this.parts.meter.refused(reason, clicks);
    for (const waiting of [...failed, ...followers.keys()])
      waiting.reject(new Refused(reason, waiting.submission.requestId));
  }

  /** Followers carry the key of a request of the same batch: its reply again, or 422 for another body. */
  #answerFollowers(followers: Map<Waiting, Waiting>, replies: Map<Waiting, string>): void {
    for (const [waiting, leader] of followers) {
      const same = waiting.submission.idempotency?.bodyHash === leader.submission.idempotency?.bodyHash;
      const body = replies.get(leader);
      // The leader was refused itself, perhaps for its body, or waits: look again, on its own.
      if (body === undefined) this.#queue.add(waiting);
      else if (!same) this.#refuse(waiting, 'key_reused');
      else {
        this.parts.meter.duplicates(waiting.submission.clicks.length);
        waiting.resolve({ isRepeat: true, body });
      }
    }
  }

  #takeBack(requests: readonly GuardRequest[]): void {
    if (requests.length > 0) this.#tellGuard((guard) => guard.release(requests));
  }

  /** The first request with this key is in flight on another node: wait for its reply, then give up with 409. */
  async #awaitKey(waiting: Waiting): Promise<void> {
    const { tenantId, idempotency } = waiting.submission;
    if (!idempotency) return;
    try {
      for (let waited = 0; waited < KEY_WAIT_MS_MAX; waited += KEY_POLL_MS) {
        await sleep(KEY_POLL_MS);
        const mark = await this.parts.guard.peekKey({ tenantId, key: idempotency.key });
        if (mark?.state === 'committed' && mark.value.reply !== null)
          return waiting.resolve({ isRepeat: true, body: mark.value.reply });
      }
    } catch (error) {
      this.#refuse(waiting, 'key_in_flight'); // the guard went away: 409 lets the client try again
      throw error;
    }
    this.#refuse(waiting, 'key_in_flight');
  }

  #refuse(waiting: Waiting, reason: Refusal): void {
    this.parts.meter.refused(reason, waiting.submission.clicks.length);
    waiting.reject(new Refused(reason, waiting.submission.requestId));
  }

  #tellGuard(tell: (guard: Guard) => Promise<void>): void {
    void this.parts.background.run(TELL_GUARD, () => tell(this.parts.guard));
  }
}

/** A refused request marked ids that it will not store: those that were new are rolled back; its key is the first one's. */
function refusedPart(plan: Plan, answer: GuardAnswer): GuardRequest {
  const added = addedBy(plan, answer);
  return {
    ...added,
    idempotency: null,
    clicks: added.clicks.filter((_, k) => answer.clicks[k]?.mark === null),
  };
}
