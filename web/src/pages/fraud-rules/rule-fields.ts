import type { RuleSettings } from '@clickledger/contract';
import { type FieldChange, fieldChanges } from '../audit/entry-text.js';

export type EditableRule = keyof RuleSettings;

/** The names of a rule's numbers, in the order of its form. */
export const numbersOf = (settings: RuleSettings[EditableRule]): string[] =>
  Object.keys(settings).filter((name) => name !== 'state');

/** The same for the same settings, whatever the order in which a store keeps their names. */
const textOf = (settings: RuleSettings[EditableRule]) =>
  JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The rules of `draft` that differ from what is in force. */
export function changedRules(inForce: RuleSettings, draft: RuleSettings): Partial<RuleSettings> {
  const names = Object.keys(draft) as EditableRule[];
  return Object.fromEntries(
    names.filter((name) => textOf(draft[name]) !== textOf(inForce[name])).map((name) => [name, draft[name]]),
  );
}

/** What differs between two states of the rules, setting by setting. */
export function settingChanges(before: RuleSettings, after: RuleSettings): FieldChange[] {
  const changed = changedRules(before, after);
  const names = Object.keys(changed) as EditableRule[];
  const old = Object.fromEntries(names.map((name) => [name, before[name]]));
  const entry = { audit_id: 0, at: '', actor: '', action: 'rules.change', subject: '' };
  return fieldChanges({ ...entry, before: old, after: changed }, 'UTC');
}

/** The rules that look back; a back-test takes only the others. */
const LOOKING_BACK: ReadonlySet<string> = new Set([
  'regular_gaps',
  'many_ads',
  'roaming_user',
  'shared_address',
  'crowded_network',
  'odd_publisher',
  'low_conversion',
  'instant_conversion',
]);
export const isLookBack = (rule: string): boolean => LOOKING_BACK.has(rule);
