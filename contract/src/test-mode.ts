/** The query parameter that asks for an organization's test data in place of its live data: `mode=test`. */
export const MODE_PARAMETER = 'mode';
export const MODES = ['live', 'test'] as const;
export type Mode = (typeof MODES)[number];

/**
 * What test data has: clicks, what is counted of them, and the campaigns that they are of. A request in test mode for anything
 * else is refused: fraud rules, bills, settings, keys and members are the organization's, and there is one of each.
 */
const TEST_DATA_PATHS = [
  '/api/v1/clicks',
  '/api/v1/conversions',
  '/api/v1/conversion-actions',
  '/api/v1/postbacks',
  '/api/v1/impressions',
  '/api/v1/analytics',
  '/api/v1/export',
  '/api/v1/live',
  '/api/v1/campaigns',
  '/api/v1/ads',
  '/api/v1/advertisers',
  '/api/v1/fraud/summary',
  '/api/v1/fraud/offenders',
  '/api/v1/admin/privacy',
];

/** Whether a path of the API, without its query string, has test data. */
export const hasTestData = (path: string): boolean =>
  TEST_DATA_PATHS.some((start) => path === start || path.startsWith(`${start}/`));
