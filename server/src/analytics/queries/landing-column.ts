import { CAMPAIGN_PARAMETERS } from '@clickledger/contract';

const IN_LANDING: ReadonlySet<string> = new Set(CAMPAIGN_PARAMETERS);

/** A dimension in the raw clicks: a column, or a key of the landing's map, empty where it is not there. */
export const columnOf = (dimension: string): string =>
  IN_LANDING.has(dimension) ? `landing['${dimension}']` : dimension;
