import type { Click, JudgedClick, Verdict } from '../click/click.js';
import type { CounterRequest, VelocityRequest } from '../click/counters.js';
import { askFor, judge } from '../fraud/judge.js';
import type { RuleSet } from '../fraud/rule-set.js';
import type { GuardClick, GuardClickAnswer } from '../guard/guard.js';
import type { Correction } from '../ledger/append-batch.js';
import type { ClickOutcome } from './submission.js';

/**
 * A click on its way through a batch. Each step keeps here what the later ones need:
 *
 *     click ──rules──▶ what to count ──guard──▶ mark, counts ──rules──▶ verdict ──ledger──▶ outcome
 *                                                     │
 *                                                     └──committed mark──▶ outcome: a duplicate
 */
export class BatchClick implements GuardClick, JudgedClick {
  readonly clickId: string;
  readonly mayRepeat: boolean;
  readonly clickedAtMs: number;
  readonly velocities: readonly VelocityRequest[];
  readonly counter: CounterRequest | null;
  /** What the guard said; null before, and when it was away. */
  answer: GuardClickAnswer | null = null;
  /** The first click of the batch with this id: itself, unless another request or place has brought the id before. */
  first: BatchClick = this;
  /** Set by `judge`, before the click goes to the ledger. */
  verdict!: Verdict;
  /** Null until the click is known to be on disk. */
  outcome: ClickOutcome | null = null;
  #isTold = false;

  constructor(
    readonly click: Click,
    private readonly rules: RuleSet,
  ) {
    const { velocities, counter } = askFor(click, rules);
    this.clickId = click.clickId;
    this.mayRepeat = click.mayRepeat;
    this.clickedAtMs = click.clickedAtMs;
    this.velocities = velocities;
    this.counter = counter;
  }

  /** Decides on the click. Returns false when the guard knows that it is on disk already. */
  judge(): boolean {
    const mark = this.answer?.mark;
    if (mark?.state === 'committed') {
      this.storedBefore(mark.value.isFraudulent);
      return false;
    }
    this.verdict = judge(this.click, this.rules, this, this.answer);
    return true;
  }

  /** New in the ledger, stored as it was sent. */
  stored(): void {
    this.#became(false, this.verdict.isFraudulent);
  }

  /** The ledger had it before, with this verdict. */
  storedBefore(isFraudulent: boolean): void {
    this.#became(true, isFraudulent);
  }

  /** New in the ledger, stored otherwise than it was sent. */
  corrected({ isFraudulent, storedUnder }: Omit<Correction<unknown>, 'row'>): void {
    const outcome = this.#became(false, isFraudulent);
    if (storedUnder !== null) outcome.storedUnder = storedUnder;
  }

  #became(isDuplicate: boolean, isFraudulent: boolean): ClickOutcome {
    this.outcome = { clickId: this.clickId, isDuplicate, isFraudulent };
    return this.outcome;
  }

  /** What became of it, once it is on disk: whoever asks first about an id hears of a new click, the others of a duplicate. */
  tell(): ClickOutcome {
    const { first } = this;
    const outcome = first.outcome as ClickOutcome;
    if (first.#isTold) return { ...outcome, isDuplicate: true };
    first.#isTold = true;
    return outcome;
  }

  /** What the guard may roll back: counts that this look-up added, and no others. A repeat's id is another click's already. */
  added(): GuardClick {
    const { clickId, mayRepeat, clickedAtMs, counter, answer } = this;
    const velocities = this.velocities.filter((_, k) => answer?.added[k]);
    return { clickId, mayRepeat, clickedAtMs, velocities, counter };
  }
}
