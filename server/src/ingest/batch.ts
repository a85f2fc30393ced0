import { type Asked, askFor, judge } from '../fraud/judge.js';
import type { RuleSet } from '../fraud/rule-set.js';
import type { GuardAnswer, GuardRequest, Settled, Tallied } from '../guard/guard.js';
import { MINUTE_MS } from '../guard/guard.js';
import type { JudgedClick, Repeat } from '../ledger/append-batch.js';
import type { Click } from './click.js';
import type { Answer, ClickOutcome, Submission } from './submission.js';

/** A pending mark of another node is waited for until it is this old; then its node is taken for dead. */
export const PENDING_MS_MAX = 10_000;

export interface Waiting {
  submission: Submission;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  /** By the monotonic clock. */
  arrivedAtMs: number;
}

/** A request with the rules that its clicks are judged by, from the look-up to the verdict. */
export interface Plan {
  rules: RuleSet;
  /** By click. */
  asked: readonly Asked[];
  guard: GuardRequest;
}

/** What the guard is asked about a request. */
export function planOf({ submission }: Waiting, rules: RuleSet): Plan {
  const asked = submission.clicks.map((click) => askFor(click, rules));
  const clicks = submission.clicks.map((click, i) => ({
    clickId: click.clickId,
    mayRepeat: click.mayRepeat,
    clickedAtMs: click.clickedAtMs,
    velocities: asked[i]?.velocities ?? [],
    tally: asked[i]?.tally ?? null,
  }));
  return {
    rules,
    asked,
    guard: { tenantId: submission.tenantId, idempotency: submission.idempotency, clicks },
  };
}

/** What of a look-up may be taken back: counts that it added, and no others. A repeat's id is another click's already. */
export function addedBy(plan: Plan, answer: GuardAnswer): GuardRequest {
  return {
    ...plan.guard,
    clicks: plan.guard.clicks.map((click, i) => ({
      ...click,
      velocities: click.velocities.filter((_, k) => answer.clicks[i]?.added[k]),
    })),
  };
}

/**
 * Splits a batch by idempotency key: `first` go on; `followers` carry a key that a first one of this batch carries
 * too, and share its fate.
 */
export function splitFollowers(batch: readonly Waiting[]): {
  first: Waiting[];
  followers: Map<Waiting, Waiting>;
} {
  const byKey = new Map<string, Waiting>();
  const followers = new Map<Waiting, Waiting>();
  const first = batch.filter((waiting) => {
    const { tenantId, idempotency } = waiting.submission;
    if (!idempotency) return true;
    const key = `${tenantId}\n${idempotency.key}`;
    const leader = byKey.get(key);
    if (leader) followers.set(waiting, leader);
    else byKey.set(key, waiting);
    return !leader;
  });
  return { first, followers };
}

export type KeyVerdict = 'go_on' | 'reused' | 'in_flight' | { replay: string };

/** What an idempotency key's mark says of a request. Only a committed mark answers; the ledger decides the rest. */
export function judgeKey(waiting: Waiting, answer: GuardAnswer, node: string, nowMs: number): KeyVerdict {
  const mark = answer.key;
  if (!mark) return 'go_on';
  if (mark.value.bodyHash !== waiting.submission.idempotency?.bodyHash) return 'reused';
  if (mark.state === 'committed') return mark.value.reply === null ? 'go_on' : { replay: mark.value.reply };
  // Pending and ours: the commit it belonged to failed, because requests in flight here were joined before.
  return mark.node === node || nowMs - mark.setAtMs > PENDING_MS_MAX ? 'go_on' : 'in_flight';
}

/** The clicks of a batch that go to the ledger, each id once, and who waits for which. */
export class Draft {
  readonly rows: JudgedClick[] = [];
  readonly #rowOf = new Map<string, number>();
  /** Outcomes that are known before the commit: committed marks. */
  readonly #known = new Map<string, ClickOutcome>();
  readonly #storedBefore = new Map<number, boolean>();

  add(
    click: Click,
    { rules, asked }: { rules: RuleSet; asked: Asked },
    answer: GuardAnswer['clicks'][number] | undefined,
  ): void {
    const id = idOf(click);
    if (this.#rowOf.has(id) || this.#known.has(id)) return;
    if (answer?.mark?.state === 'committed') {
      const { isFraudulent } = answer.mark.value;
      this.#known.set(id, { clickId: click.clickId, isDuplicate: true, isFraudulent });
      return;
    }
    this.#rowOf.set(id, this.rows.length);
    this.rows.push({ click, verdict: judge(click, rules, asked, answer ?? null) });
  }

  /** After the commit: which rows the ledger had already. */
  committed(repeats: readonly Repeat[]): void {
    for (const { index, isFraudulent } of repeats) this.#storedBefore.set(index, isFraudulent);
  }

  /** After the commit: what the new clicks add to the slow counters. */
  tallied(): Tallied[] {
    const sums = new Map<string, Tallied>();
    for (const [i, { click }] of this.rows.entries()) {
      if (this.#storedBefore.has(i)) continue;
      const { tenantId, adId, clickedAtMs } = click;
      const key = `${tenantId}\n${Math.floor(clickedAtMs / MINUTE_MS)}\n${adId}`;
      const sum = sums.get(key);
      if (sum) sum.count++;
      else sums.set(key, { tenantId, name: 'ad', subject: adId, clickedAtMs, count: 1 });
    }
    return [...sums.values()];
  }

  /**
   * What became of each click of a request. `told` holds the ids whose acceptance was told to a request of this batch
   * before; the first teller gets the 202, the others hear of a duplicate.
   */
  outcomes(submission: Submission, told: Set<string>): ClickOutcome[] {
    return submission.clicks.map((click) => {
      const id = idOf(click);
      const known = this.#known.get(id);
      if (known) return known;
      const index = this.#rowOf.get(id) ?? -1;
      const storedBefore = this.#storedBefore.get(index);
      const isDuplicate = storedBefore !== undefined || told.has(id);
      told.add(id);
      const isFraudulent = storedBefore ?? this.rows[index]?.verdict.isFraudulent ?? false;
      return { clickId: click.clickId, isDuplicate, isFraudulent };
    });
  }
}

const idOf = (click: Click) => `${click.tenantId}\n${click.clickId}`;

/** What the guard is told after the commit. */
export function toSettled(submission: Submission, outcomes: readonly ClickOutcome[], reply: string): Settled {
  return {
    tenantId: submission.tenantId,
    idempotency: submission.idempotency ? { ...submission.idempotency, reply } : null,
    clicks: outcomes.filter((_, i) => submission.clicks[i]?.mayRepeat),
  };
}
