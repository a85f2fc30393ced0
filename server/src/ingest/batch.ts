import type { Click, JudgedClick } from '../click/click.js';
import { type Asked, askFor, judge } from '../fraud/judge.js';
import type { RuleSet } from '../fraud/rule-set.js';
import type {
  CounterIncrement,
  GuardAnswer,
  GuardClickAnswer,
  GuardRequest,
  Settled,
} from '../guard/guard.js';
import { MINUTE_MS } from '../guard/guard.js';
import type { Appended } from '../ledger/append-batch.js';
import { TenantMaps } from '../lib/tenant-maps.js';
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
  guard: GuardRequest;
}

/** What the guard is asked about a request. */
export function planOf({ submission }: Waiting, rules: RuleSet): Plan {
  const clicks = submission.clicks.map((click) => {
    const { velocities, counter } = askFor(click, rules);
    const { clickId, mayRepeat, clickedAtMs } = click;
    return { clickId, mayRepeat, clickedAtMs, velocities, counter };
  });
  return {
    rules,
    guard: { tenantId: submission.tenantId, idempotency: submission.idempotency, clicks },
  };
}

/** What of a look-up may be rolled back: counts that it added, and no others. A repeat's id is another click's already. */
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
  const byKey = new TenantMaps<Waiting>();
  const followers = new Map<Waiting, Waiting>();
  const first = batch.filter((waiting) => {
    const { tenantId, idempotency } = waiting.submission;
    if (!idempotency) return true;
    const ofTenant = byKey.of(tenantId);
    const leader = ofTenant.get(idempotency.key);
    if (leader) followers.set(waiting, leader);
    else ofTenant.set(idempotency.key, waiting);
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

/** What a batch knows of one click id. */
export interface Entry {
  /** Of the rows that go to the ledger; -1 when the outcome is known without it. */
  row: number;
  /** Known before the commit, from a committed mark. */
  known: ClickOutcome | null;
  /** Whether a request of this batch was told of it already: the first one gets the 202, the others hear of a duplicate. */
  isTold: boolean;
}

/** The clicks of a batch that go to the ledger, each id once, and who waits for which. */
export class Draft {
  readonly rows: JudgedClick[] = [];
  readonly #byId = new TenantMaps<Entry>();
  /** By row: what the ledger had stored before. */
  readonly #storedBefore = new Map<number, boolean>();
  /** By row: the campaign's advertiser, where the click named another one. */
  readonly #storedUnder = new Map<number, string>();
  /** Rows that the ledger refused, or has not been given yet. */
  #notStored = new Set<number>();

  /** Adds a request's clicks; returns what is known of each, for `outcomes`. */
  add({ tenantId, clicks }: Submission, { rules, guard }: Plan, answer: GuardAnswer | undefined): Entry[] {
    const byId = this.#byId.of(tenantId);
    return clicks.map((click, i) => {
      const seen = byId.get(click.clickId);
      if (seen) return seen;
      const entry = this.#enter(click, rules, guard.clicks[i] as Asked, answer?.clicks[i] ?? null);
      byId.set(click.clickId, entry);
      return entry;
    });
  }

  #enter(click: Click, rules: RuleSet, asked: Asked, answer: GuardClickAnswer | null): Entry {
    if (answer?.mark?.state === 'committed') {
      const { isFraudulent } = answer.mark.value;
      return { row: -1, known: { clickId: click.clickId, isDuplicate: true, isFraudulent }, isTold: false };
    }
    const row = this.rows.push({ click, verdict: judge(click, rules, asked, answer) }) - 1;
    return { row, known: null, isTold: false };
  }

  /**
   * After a commit: what became of its rows.
   *
   * @param rows their places in `rows`; all of them when not given
   */
  committed({ repeats, corrections }: Appended, rows?: readonly number[]): void {
    const placeOf = (index: number) => (rows ? (rows[index] as number) : index);
    for (const { index, isFraudulent } of repeats) this.#storedBefore.set(placeOf(index), isFraudulent);
    for (const { index, isFraudulent, isReassigned, advertiserId } of corrections) {
      const { verdict } = this.rows[placeOf(index)] as JudgedClick;
      verdict.isFraudulent = isFraudulent;
      if (isReassigned) this.#storedUnder.set(placeOf(index), advertiserId);
    }
    for (const row of rows ?? []) this.#notStored.delete(row);
  }

  /** The commit of all rows was refused: they are given to the ledger request by request. */
  refused(): void {
    this.#notStored = new Set(this.rows.keys());
  }

  /** Rows of a request that are not stored. */
  missing(entries: readonly Entry[]): number[] {
    return [...new Set(entries.map(({ row }) => row))].filter((row) => this.#notStored.has(row));
  }

  /** After the commit: what the new clicks add to the slow counters. */
  increments(): CounterIncrement[] {
    const increments: CounterIncrement[] = [];
    const byMinute = new Map<number, TenantMaps<CounterIncrement>>();
    for (const [row, { click }] of this.rows.entries()) {
      if (this.#storedBefore.has(row) || this.#notStored.has(row)) continue;
      const { tenantId, adId, clickedAtMs } = click;
      const minute = Math.floor(clickedAtMs / MINUTE_MS);
      const byTenant = byMinute.get(minute) ?? new TenantMaps<CounterIncrement>();
      byMinute.set(minute, byTenant);
      const byAd = byTenant.of(tenantId);
      const sum = byAd.get(adId);
      if (sum) sum.count++;
      else {
        const first: CounterIncrement = { tenantId, name: 'ad', subject: adId, clickedAtMs, count: 1 };
        byAd.set(adId, first);
        increments.push(first);
      }
    }
    return increments;
  }

  /** What became of each click of a request, whose entries `add` returned. */
  outcomes({ clicks }: Submission, entries: readonly Entry[]): ClickOutcome[] {
    return clicks.map(({ clickId }, i) => {
      const entry = entries[i] as Entry;
      if (entry.known) return entry.known;
      const storedBefore = this.#storedBefore.get(entry.row);
      const isDuplicate = storedBefore !== undefined || entry.isTold;
      entry.isTold = true;
      const isFraudulent = storedBefore ?? this.rows[entry.row]?.verdict.isFraudulent ?? false;
      const outcome: ClickOutcome = { clickId, isDuplicate, isFraudulent };
      const storedUnder = this.#storedUnder.get(entry.row);
      if (storedUnder !== undefined) outcome.storedUnder = storedUnder;
      return outcome;
    });
  }
}

/** What the guard is told after the commit. */
export function toSettled(submission: Submission, outcomes: readonly ClickOutcome[], reply: string): Settled {
  const { tenantId, idempotency, clicks } = submission;
  return {
    tenantId,
    idempotency: idempotency && { key: idempotency.key, bodyHash: idempotency.bodyHash, reply },
    clicks: outcomes.filter((_, i) => clicks[i]?.mayRepeat),
  };
}
