import type { Span } from '@clickledger/contract';
import type { Filter } from '../../lib/filters.js';

/** What narrows the list beside the view, under the same names in the address and in the API. */
export const OWN_FILTERS = ['action', 'status', 'reason', 'order_id'] as const;
export type OwnFilter = (typeof OWN_FILTERS)[number];
export type OwnFilters = Partial<Record<OwnFilter, string>>;

/** What of the view the list takes: one campaign. */
export const campaignOf = (filters: readonly Filter[]): string | undefined => {
  const found = filters.find(({ dimension, not }) => dimension === 'campaign_id' && !not);
  return found?.values.length === 1 ? found.values[0] : undefined;
};

/** What is asked of the list. An order is found whatever the range. */
export function conversionParams(span: Span, filters: readonly Filter[], own: OwnFilters): URLSearchParams {
  const params = new URLSearchParams();
  if (own.order_id === undefined) {
    params.set('start_time', new Date(span.startMs).toISOString());
    params.set('end_time', new Date(span.endMs).toISOString());
  }
  const campaign = campaignOf(filters);
  if (campaign !== undefined) params.set('campaign_id', campaign);
  for (const name of OWN_FILTERS) {
    const value = own[name];
    if (value !== undefined) params.set(name, value);
  }
  return params;
}
