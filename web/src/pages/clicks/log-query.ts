import { LANDING_DIMENSIONS, type Span } from '@clickledger/contract';
import { type Dimension, type Filter, isUuid } from '../../lib/filters.js';

/** Filters of the click log beside those of the view, under the same names in the address and in the API. */
export const OWN_FILTERS = ['click_id', 'user_id', 'ip_hash', 'referrer_host', 'flagged'] as const;
export type OwnFilter = (typeof OWN_FILTERS)[number];
export type OwnFilters = Partial<Record<OwnFilter, string>>;

/** Clicks on one page of the log. */
export const PAGE_ROWS = 100;

const ADDRESS_HASH = /^[0-9a-f]{32}$/i;

export const isClickId = isUuid;
export const isAddressHash = (text: string): boolean => ADDRESS_HASH.test(text);

const isLanding = (dimension: Dimension) => LANDING_DIMENSIONS.some((one) => one === dimension);

/** The log takes one value of a kind, and no "is not"; of a view's filters it applies those, and names the others. */
export function splitFilters(filters: readonly Filter[]): { applied: Filter[]; ignored: Filter[] } {
  // Of landings, the log does not look for what is missing.
  const isSimple = ({ dimension, not, values: [value, ...more] }: Filter) =>
    !not && more.length === 0 && (value !== '' || !isLanding(dimension));
  return { applied: filters.filter(isSimple), ignored: filters.filter((filter) => !isSimple(filter)) };
}

/** What is asked of the log and of its export. A click that is asked for by its id is found whatever the range. */
export function logParams(span: Span, filters: readonly Filter[], own: OwnFilters): URLSearchParams {
  const params = new URLSearchParams();
  if (own.click_id === undefined) {
    params.set('start_time', new Date(span.startMs).toISOString());
    params.set('end_time', new Date(span.endMs).toISOString());
  }
  for (const { dimension, values } of splitFilters(filters).applied) {
    const [value = ''] = values;
    // "Not flagged" is a value of the rule elsewhere; here it is a question of its own.
    if (dimension === 'fraud_reason' && value === '') params.set('flagged', 'false');
    else params.set(dimension, value);
  }
  for (const name of OWN_FILTERS) {
    const value = own[name];
    if (value !== undefined) params.set(name, value);
  }
  return params;
}

/** A short name of a list, so that a place in one list is not taken for a place in another. FNV-1a, 32 bits. */
export function listName(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
