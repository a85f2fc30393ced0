/** What rows of the dashboard can be clicked to filter by: dimensions of the API. */
export const FILTER_NAMES = ['campaign_id', 'country', 'device_type', 'browser'] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** Active filters. An empty value of country, device or browser means unknown. */
export type Filters = Partial<Record<FilterName, string>>;

export const FILTER_LABELS: Record<FilterName, string> = {
  campaign_id: 'Campaign',
  country: 'Country',
  device_type: 'Device',
  browser: 'Browser',
};
