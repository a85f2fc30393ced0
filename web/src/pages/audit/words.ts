import type { AuditEntry } from '@clickledger/contract';
import { formatMoneyExact } from '../../lib/format.js';

/** What was done, in words. An action that is not here is shown as it is. */
const ACTIONS: Readonly<Record<string, string>> = {
  'campaign.create': 'Campaign created',
  'campaign.change': 'Campaign changed',
  'ad.create': 'Ad created',
  'ad.change': 'Ad changed',
  'advertiser.create': 'Advertiser created',
  'advertiser.change': 'Advertiser changed',
  'rules.change': 'Fraud rules changed',
  'list.add': 'List entry added',
  'list.remove': 'List entry removed',
  'webhook.change': 'Webhook changed',
  'period.close': 'Month closed',
  'settings.change': 'Settings changed',
  'import.run': 'Clicks imported',
  'analytics.rebuild': 'Analytics rebuilt',
  'user.export': 'A user’s data exported',
  'user.erase': 'A user’s data erased',
  'key.create': 'API key made',
  'key.change': 'API key changed',
  'key.rotate': 'API key rotated',
  'key.revoke': 'API key revoked',
  'member.invite': 'Member invited',
  'member.add': 'Member added',
  'member.change': 'Member changed',
  'member.remove': 'Member removed',
  'member.reset': 'Password reset',
  'tenant.create': 'Account made',
  'tenant.change': 'Account changed',
};
export const actionLabel = (action: string): string => ACTIONS[action] ?? action;

/** The kinds that the list can be narrowed to. */
export const KIND_LABELS: readonly (readonly [kind: string, label: string])[] = [
  ['campaign', 'Campaigns'],
  ['ad', 'Ads'],
  ['advertiser', 'Advertisers'],
  ['rules', 'Fraud rules'],
  ['list', 'Lists'],
  ['webhook', 'Webhook'],
  ['period', 'Closings'],
  ['settings', 'Settings'],
  ['import', 'Imports'],
  ['analytics', 'Rebuilds'],
  ['user', 'Personal data'],
  ['key', 'API keys'],
  ['member', 'Members'],
  ['tenant', 'Accounts'],
];

/** One field that changed. */
export interface FieldChange {
  field: string;
  before: string | null;
  after: string | null;
}

/** What an entry changed, a line a field. A field that holds fields, such as a rule, is a line for each that differs. */
export function fieldChanges({ before, after }: AuditEntry): FieldChange[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return names.flatMap((name) => changesOf(name, before?.[name], after?.[name]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function changesOf(name: string, before: unknown, after: unknown): FieldChange[] {
  if (isObject(before) || isObject(after)) {
    const old = isObject(before) ? before : {};
    const now = isObject(after) ? after : {};
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((field) =>
      changesOf(`${name} ${field}`, old[field], now[field]),
    );
  }
  const words = name.replaceAll('_', ' ').replace(/\b(ip|id)\b/g, (word) => word.toUpperCase());
  const change = { field: words, before: write(name, before), after: write(name, after) };
  return change.before === change.after ? [] : [{ ...change, field: change.field.replace(/ micros$/, '') }];
}

function write(name: string, value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (name.endsWith('_micros')) return formatMoneyExact(Number(value));
  return typeof value === 'string' ? value : JSON.stringify(value);
}
