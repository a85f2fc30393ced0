import type { RuleSet } from '../fraud/rule-set.js';
import type { GuardAnswer, GuardRequest, Mark, StoredReply } from '../guard/guard.js';
import { BatchClick } from './batch-click.js';
import type { Answer, Submission } from './submission.js';

/** A request from its arrival to its answer. */
export interface Waiting {
  submission: Submission;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  /** By the monotonic clock. */
  arrivedAtMs: number;
}

/** A request in a batch, with its clicks. */
export class BatchRequest implements GuardRequest {
  readonly tenantId: number;
  readonly idempotency: Submission['idempotency'];
  readonly clicks: readonly BatchClick[];
  /** The mark that the guard had for its key; null when the key is new, and when the guard was away. */
  keyMark: Mark<StoredReply> | null = null;
  /** Requests of the batch with the same key: they get this one's answer. */
  readonly followers: Waiting[] = [];

  constructor(
    readonly waiting: Waiting,
    rules: RuleSet,
  ) {
    const { tenantId, idempotency, clicks } = waiting.submission;
    this.tenantId = tenantId;
    this.idempotency = idempotency;
    this.clicks = clicks.map((click) => new BatchClick(click, rules));
  }

  hear({ key, clicks }: GuardAnswer): void {
    this.keyMark = key;
    for (const [i, click] of this.clicks.entries()) click.answer = clicks[i] ?? null;
  }

  /** What the guard rolls back when the request is not stored. */
  added(): GuardRequest {
    const { tenantId, idempotency } = this;
    return { tenantId, idempotency, clicks: this.clicks.map((click) => click.added()) };
  }

  /** The same when its key is another request's: the key's mark stays, and so do the marks of ids that were known. */
  addedBesideKey(): GuardRequest {
    const clicks = this.clicks.filter(({ answer }) => answer?.mark === null);
    return { tenantId: this.tenantId, idempotency: null, clicks: clicks.map((click) => click.added()) };
  }
}
