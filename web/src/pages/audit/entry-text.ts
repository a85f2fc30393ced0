import type { AuditEntry } from '@clickledger/contract';
import { datesOf } from '../../lib/dates.js';
import { fieldLabel } from '../../lib/field-labels.js';
import { formatCount, formatMoneyExact } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';

/** What was done. An action that is not here is shown as it is. */
const ACTIONS: Readonly<Record<string, string>> = {
  'campaign.create': 'Campaign created',
  'campaign.change': 'Campaign changed',
  'ad.create': 'Ad created',
  'ad.change': 'Ad changed',
  'advertiser.create': 'Advertiser created',
  'advertiser.change': 'Advertiser changed',
  'link.create': 'Link created',
  'link.change': 'Link changed',
  'link.key': 'Signing key created',
  'link_host.change': 'Link host changed',
  'click.verdict': 'Clicks marked as valid or invalid',
  'conversion_action.create': 'Conversion action created',
  'conversion_action.change': 'Conversion action changed',
  'conversion.adjust': 'Conversions adjusted',
  'postback_secret.create': 'Postback secret created',
  'postback_secret.revoke': 'Postback secret revoked',
  'rules.change': 'Fraud rules changed',
  'list.add': 'List entry added',
  'list.remove': 'List entry removed',
  'webhook.change': 'Webhook changed',
  'period.close': 'Month closed',
  'settings.change': 'Settings changed',
  'import.run': 'Import started',
  'import.finish': 'Clicks imported',
  'analytics.rebuild': 'Analytics rebuilt',
  'user.export': 'User data exported',
  'user.erase': 'User data erased',
  'key.create': 'API key created',
  'key.change': 'API key changed',
  'key.rotate': 'API key rotated',
  'key.revoke': 'API key revoked',
  'member.invite': 'Member invited',
  'member.add': 'Member added',
  'member.change': 'Member changed',
  'member.remove': 'Member removed',
  'member.reset': 'Password reset',
  'tenant.create': 'Organization created',
  'tenant.change': 'Organization changed',
};

/** What an entry says was done. */
export function actionLabel(entry: Pick<AuditEntry, 'action' | 'before' | 'after'>): string {
  const action = isOldCreation(entry) ? entry.action.replace(/\.change$/, '.create') : entry.action;
  return ACTIONS[action] ?? action;
}

/** Entries written before creations had an action of their own: a campaign or an ad that had no status before. */
const isOldCreation = ({ action, before, after }: Pick<AuditEntry, 'action' | 'before' | 'after'>) =>
  /^(campaign|ad)\.change$/.test(action) && before?.status === null && typeof after?.status === 'string';

/** The kinds that the list can be narrowed to. */
export const KIND_LABELS: readonly (readonly [kind: string, label: string])[] = [
  ['campaign', 'Campaigns'],
  ['ad', 'Ads'],
  ['advertiser', 'Advertisers'],
  ['link', 'Links'],
  ['link_host', 'Link hosts'],
  ['click', 'Clicks'],
  ['conversion_action', 'Conversion actions'],
  ['conversion', 'Conversions'],
  ['postback_secret', 'Postback secrets'],
  ['rules', 'Fraud rules'],
  ['list', 'Lists'],
  ['webhook', 'Webhook'],
  ['period', 'Closed months'],
  ['settings', 'Settings'],
  ['import', 'Imports'],
  ['analytics', 'Rebuilds'],
  ['user', 'Personal data'],
  ['key', 'API keys'],
  ['member', 'Members'],
  ['tenant', 'Organizations'],
];

/** One field that changed. */
export interface FieldChange {
  field: string;
  /** Null: something was created, so that there was nothing before. */
  before: string | null;
  /** Null: something was removed, so that there is nothing after. */
  after: string | null;
}

/** What an entry changed, a line a field. A field that holds fields, such as a rule, is a line for each that differs. */
export function fieldChanges(entry: AuditEntry, zone: string): FieldChange[] {
  const before = isOldCreation(entry) ? null : entry.before;
  const { after } = entry;
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return names
    .flatMap((name) => pairsOf(name, before?.[name], after?.[name]))
    .map(({ path, old, now }) => ({
      field: fieldLabel(path),
      before: before === null ? null : valueText(path, old, zone),
      after: after === null ? null : valueText(path, now, zone),
    }))
    .filter((change) => change.before !== change.after && !(change.before === null && change.after === NONE));
}

interface Pair {
  /** The field, and below it the fields of a rule. */
  path: readonly string[];
  old: unknown;
  now: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function pairsOf(name: string, old: unknown, now: unknown, above: readonly string[] = []): Pair[] {
  const path = [...above, name];
  if (!isObject(old) && !isObject(now)) return [{ path, old, now }];
  const [before, after] = [old, now].map((one) => (isObject(one) ? one : {})) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((field) =>
    pairsOf(field, before[field], after[field], path),
  );
}

const NONE = 'None';
const SCOPES: Readonly<Record<string, string>> = { ingest: 'Send clicks', read: 'Read', admin: 'Admin' };
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
/** Fields whose values are one of a few words of the API. */
const CHOICES = new Set(['state', 'status', 'role', 'list', 'kind']);

/** Lists and booleans of links: a change history has them as JSON. */
const NO_TEXTS = new Set(['destinations', 'allowed_hosts', 'pass_parameters', 'allow_http']);

/** A value of a field as people read it; times in a zone, with its name. */
export function valueText(path: readonly string[], value: unknown, zone: string): string {
  const name = path.at(-1) ?? '';
  if (value === undefined || value === null || value === '') return NONE;
  if (typeof value === 'string' && NO_TEXTS.has(name) && /^([[]|true$|false$)/.test(value))
    return valueText(path, JSON.parse(value), zone);
  if (isObject(value) && name === 'destinations') return `${value.url} (weight ${value.weight})`;
  if (Array.isArray(value))
    return value.length === 0 ? NONE : value.map((one) => valueText(path, one, zone)).join(', ');
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (name.endsWith('_micros')) return formatMoneyExact(Number(value));
  if (typeof value === 'number') return name.endsWith('_percent') ? `${value}%` : formatCount(value);
  const text = String(value);
  if (name === 'scopes') return SCOPES[text] ?? text;
  if (name === 'kind' && text === 'address') return 'IP or range';
  if (CHOICES.has(name)) return ruleLabel(text);
  if (!TIME.test(text)) return text;
  const dates = datesOf(zone);
  return `${dates.minute(Date.parse(text))} ${dates.zoneName(Date.parse(text))}`;
}
