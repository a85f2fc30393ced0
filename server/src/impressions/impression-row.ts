/** How often an ad was shown within one hour, as it goes to the ledger. */
export interface ImpressionRow {
  tenantId: number;
  /** Start of the hour (UTC), in milliseconds since 1970. */
  hourMs: number;
  adId: string;
  /** Null: the ad's own. */
  campaignId: string | null;
  /** Only for a campaign that nobody has named yet; null when it is not known. */
  advertiserId: string | null;
  /** Empty when unknown. */
  country: string;
  deviceType: string;
  /** The link whose image was shown; empty for reports. */
  linkId: string;
  count: number;
}

export const HOUR_MS = 3_600_000;

/** The start of the hour that a moment lies in, by the UTC clock. */
export const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;
