import type { RuleSettings } from '@clickledger/contract';

/** The numbers of a rule in the words of its form. */
export const FIELD_LABELS: Record<string, string> = {
  count_max: 'Clicks allowed',
  window_seconds: 'Within seconds',
  factor: 'Times its mean minute',
  count_min: 'From clicks a minute',
  clicks_min: 'From clicks',
  variation_max_percent: 'Gaps vary less than, %',
  window_minutes: 'Looking back, minutes',
  ads_max: 'Ads allowed',
  addresses_max: 'Addresses allowed',
  users_max: 'Users allowed',
};

export type EditableRule = keyof RuleSettings;

/** The names of a rule's numbers, in the order of its form. */
export const numbersOf = (settings: RuleSettings[EditableRule]): string[] =>
  Object.keys(settings).filter((name) => name !== 'state');

/** The rules of `draft` that differ from what is in force. */
export function changedRules(inForce: RuleSettings, draft: RuleSettings): Partial<RuleSettings> {
  const names = Object.keys(draft) as EditableRule[];
  return Object.fromEntries(
    names
      .filter((name) => JSON.stringify(draft[name]) !== JSON.stringify(inForce[name]))
      .map((name) => [name, draft[name]]),
  );
}

/** Rules that a back-test can take: those that judge a click when it comes in. */
const LOOKING_BACK: ReadonlySet<string> = new Set([
  'regular_gaps',
  'many_ads',
  'roaming_user',
  'shared_address',
  'crowded_network',
  'odd_publisher',
]);
export const isLookBack = (rule: string): boolean => LOOKING_BACK.has(rule);
