import { hourOf, type ImpressionRow } from './impression-row.js';

/** Rows between two writes, of all tenants: what one transaction writes, and what one chunk can take. */
export const ROWS_MAX = 20_000;
/** Of those, of one tenant: a page with ever new links must not take the others' share. */
export const ROWS_EACH_MAX = 5_000;
/** Beyond this part of either bound, country and device are left unknown, so that what is left lasts longer. */
const DETAILED_PART = 0.8;

/** An impression as it is counted. */
export interface ShownAd {
  tenantId: number;
  adId: string;
  linkId: string;
  country: string;
  deviceType: string;
}

/** `folded`: counted, without country and device. `refused`: not counted, the counters are full. */
export type Counted = 'counted' | 'folded' | 'refused';

/**
 * Adds up impressions in memory until they are written: a row for each link, hour, country and device that was seen since. Bounded, and
 * each tenant has no more than its share.
 */
export class ImpressionCounters {
  #rows = 0;
  #impressions = 0;
  #of = new Map<number, Map<string, ImpressionRow>>();

  constructor(private readonly limits = { rowsMax: ROWS_MAX, rowsEachMax: ROWS_EACH_MAX }) {}

  /** Impressions that were counted and not taken. */
  get impressions(): number {
    return this.#impressions;
  }

  add(shown: ShownAd, nowMs: number): Counted {
    const { tenantId } = shown;
    const rows = this.#of.get(tenantId) ?? new Map<string, ImpressionRow>();
    this.#of.set(tenantId, rows);
    const hourMs = hourOf(nowMs);
    if (this.#addTo(rows, shown, hourMs, DETAILED_PART)) return 'counted';
    return this.#addTo(rows, { ...shown, country: '', deviceType: '' }, hourMs, 1) ? 'folded' : 'refused';
  }

  /** False when it needs a row, and this part of the limits is used up. */
  #addTo(rows: Map<string, ImpressionRow>, shown: ShownAd, hourMs: number, part: number): boolean {
    const key = `${shown.linkId}\n${hourMs}\n${shown.country}\n${shown.deviceType}`;
    const known = rows.get(key);
    if (known) known.count++;
    else {
      const { rowsMax, rowsEachMax } = this.limits;
      if (this.#rows >= rowsMax * part || rows.size >= rowsEachMax * part) return false;
      rows.set(key, { ...shown, hourMs, campaignId: null, advertiserId: null, count: 1 });
      this.#rows++;
    }
    this.#impressions++;
    return true;
  }

  /** All rows; the counters are empty then. */
  take(): ImpressionRow[] {
    const rows = [...this.#of.values()].flatMap((ofTenant) => [...ofTenant.values()]);
    this.#of = new Map();
    this.#rows = 0;
    this.#impressions = 0;
    return rows;
  }
}
