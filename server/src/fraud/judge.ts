import type { VelocityRequest } from '../guard/guard.js';
import type { Click, Verdict } from '../ingest/click.js';
import type { Rule } from './rule.js';
import { velocityIp, velocityUser } from './velocity.js';

/** Strongest first: the first that fires is the click's `fraud_reason`. */
export const RULES: readonly Rule[] = [velocityIp, velocityUser];

/** What a velocity rule saw: so many clicks within the window, where `count_max` are allowed. */
export interface Evidence {
  count: number;
  count_max: number;
  window_ms: number;
}

const velocitiesWith = (click: Click, rules: readonly Rule[]) =>
  rules.flatMap((rule) => {
    const velocity = rule.velocity(click);
    return velocity ? [{ rule, velocity }] : [];
  });

/** What the guard must count for a click, in the order in which `judge` expects the counts. */
export function velocitiesOf(click: Click): VelocityRequest[] {
  return velocitiesWith(click, RULES).map(({ velocity }) => velocity);
}

/**
 * The verdict on a click. Flagging never stops a click.
 *
 * @param counts one a velocity of `velocitiesOf(click)`; null when the guard was away: then those rules did not run
 */
export function judge(
  click: Click,
  counts: readonly number[] | null,
  rules: readonly Rule[] = RULES,
): Verdict {
  const asked = velocitiesWith(click, rules);
  if (counts === null)
    return {
      isFraudulent: false,
      reason: null,
      reasons: [],
      rulesNotRun: asked.map(({ rule }) => rule.name),
      evidence: '',
    };
  const evidence: Record<string, Evidence> = {};
  const fired: Rule[] = [];
  for (const [i, { rule, velocity }] of asked.entries()) {
    const count = counts[i] ?? 0;
    if (!rule.fires(click, count)) continue;
    fired.push(rule);
    evidence[rule.name] = { count, count_max: velocity.countMax - 1, window_ms: velocity.windowMs };
  }
  const isFraudulent = fired.some((rule) => rule.severity === 'strong') || fired.length >= 2;
  return {
    isFraudulent,
    reason: isFraudulent
      ? ((fired.find((rule) => rule.severity === 'strong') ?? fired[0])?.name ?? null)
      : null,
    reasons: fired.map((rule) => rule.name),
    rulesNotRun: [],
    evidence: fired.length === 0 ? '' : JSON.stringify(evidence),
  };
}
