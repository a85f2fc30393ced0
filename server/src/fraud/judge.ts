import { type Click, SHADOW_PREFIX, type Verdict } from '../click/click.js';
import type { CounterReading, CounterRequest, VelocityRequest } from '../click/counters.js';
import type { Counts, Evidence, Rule } from './rule.js';
import type { RuleSet } from './rule-set.js';

/** Key of the rule set's version in a click's evidence. */
export const VERSION_KEY = 'rules_version';
/** Key of the allow entry that let a click pass, in its evidence; the first one, so that a text can be told by how it begins. */
const ALLOWED_KEY = 'allowed';
export const ALLOWED_MARK = `{"${ALLOWED_KEY}":`;

/** What the guard must count for a click. */
export interface Asked {
  /** Names are those of the rules. */
  velocities: readonly VelocityRequest[];
  counter: CounterRequest | null;
}

export function askFor(click: Click, { rules }: RuleSet): Asked {
  const velocities: VelocityRequest[] = [];
  let counter: CounterRequest | null = null;
  for (const rule of rules) {
    const velocity = rule.velocity?.(click);
    if (velocity) velocities.push(velocity);
    if (rule.needsCounter) counter = { name: 'ad', subject: click.adId };
  }
  return { velocities, counter };
}

/**
 * The verdict on a click. Flagging never stops a click. An entry on the allow list lets no rule flag, nor those that look back
 * later: it is kept with the click, as is what fired.
 *
 * @param asked what `askFor` said with the same rules
 * @param answer null when the guard was away: then the rules that need it did not run
 */
export function judge(
  click: Click,
  { rules, version }: RuleSet,
  asked: Asked,
  answer: { counts: readonly number[]; counter: CounterReading | null } | null,
): Verdict {
  const fired: Rule[] = [];
  const rulesNotRun: string[] = [];
  const { listed } = click.facts;
  const isAllowed = listed?.list === 'allow';
  let evidence: Record<string, Evidence | number> | null = isAllowed
    ? { [ALLOWED_KEY]: { list_kind: listed.kind, entry_id: listed.entryId } }
    : null;
  for (const rule of rules) {
    let counts: Counts | null = null;
    if (rule.velocity) {
      const asks = asked.velocities.findIndex(({ name }) => name === rule.name);
      if (asks < 0) {
        // It doesn't apply to this click.
        if (rule.needsVisitor) rulesNotRun.push(rule.name);
        continue;
      }
      const count = answer?.counts[asks];
      if (count !== undefined) counts = { count, counter: null };
    } else if (rule.needsCounter && answer) counts = { count: 0, counter: answer.counter };
    const finding = rule.find(click, counts);
    if (finding === null) continue;
    if (finding === 'not_run') {
      rulesNotRun.push(rule.name);
      continue;
    }
    fired.push(rule);
    evidence ??= {};
    evidence[rule.name] = finding;
  }
  if (evidence === null) return { isFraudulent: false, reason: null, reasons: [], rulesNotRun, evidence: '' };
  const decided = isAllowed ? null : deciding(fired);
  return {
    isFraudulent: decided !== null,
    reason: decided?.name ?? null,
    reasons: fired.map(({ name, isShadow }) => (isShadow ? SHADOW_PREFIX + name : name)),
    rulesNotRun,
    evidence: JSON.stringify({ ...evidence, [VERSION_KEY]: version }),
  };
}

/** The rule that flags: the first strong one, or the first of weak ones of two kinds. Null: none does. */
function deciding(fired: readonly Rule[]): Rule | null {
  const counting = fired.filter(({ isShadow }) => !isShadow);
  const strong = counting.find(({ strength }) => strength === 'strong');
  if (strong) return strong;
  const [first] = counting;
  return first && counting.some(({ kind }) => kind !== first.kind) ? first : null;
}
