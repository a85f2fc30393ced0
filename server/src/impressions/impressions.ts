import { type ImpressionCount, LIMITS } from '@clickledger/contract';
import type pg from 'pg';
import { appendImpressions, type Written } from './append-impressions.js';
import type { ImpressionCounters } from './counters.js';
import { hourOf, type ImpressionRow } from './impression-row.js';
import type { ImpressionMeter, NotCounted } from './meter.js';
import type { ImageRequest, Viewer } from './viewer.js';
import type { ImpressionWriter } from './writer.js';

/** What a link says of the ad that is shown. */
export interface LinkedAd {
  tenantId: number;
  linkId: string;
  adId: string;
}

/** What is wrong with entries of a report, by the path of the field. */
export interface WrongEntries {
  fieldErrors: Record<string, string[]>;
}

export interface Report {
  tenantId: number;
  reportId: string;
  /** Of the body as it was sent. */
  bodyHash: string;
  entries: readonly ImpressionCount[];
}

const DAY_MS = 86_400_000;

/** Counts how often ads are shown: by an image in the page, one at a time, and by reports of whoever counts them himself. */
export class Impressions {
  constructor(
    private readonly parts: {
      counters: ImpressionCounters;
      writer: ImpressionWriter;
      meter: ImpressionMeter;
      viewerOf: (request: ImageRequest) => Viewer | NotCounted;
      /** The link of a slug on a host. Asks no store. */
      linkOf: (host: string, slug: string) => LinkedAd | undefined;
      pool: pg.Pool;
      committed: { notify(): void };
      dedupWindowDays: number;
      now: () => number;
    },
  ) {}

  /** An image was asked for. Counts it in memory, or counts why it does not. */
  shown(host: string, slug: string, request: ImageRequest): void {
    const { writer, meter } = this.parts;
    const counted = this.#count(host, slug, request);
    if (counted === 'counted' || counted === 'folded') {
      meter.totals[counted]++;
      writer.counted();
    } else meter.notCounted(counted);
  }

  #count(host: string, slug: string, request: ImageRequest): 'counted' | 'folded' | NotCounted {
    const { counters, viewerOf, linkOf, now } = this.parts;
    const link = linkOf(host, slug);
    if (link === undefined) return 'unknown_slug';
    const viewer = viewerOf(request);
    if (typeof viewer === 'string') return viewer;
    const { tenantId, linkId, adId } = link;
    const counted = counters.add({ tenantId, linkId, adId, ...viewer }, now());
    return counted === 'refused' ? 'full' : counted;
  }

  /**
   * Commits a report, or says what is wrong with it: then none of it is counted.
   *
   * @throws whatever PostgreSQL says; sent again, the report's id decides
   */
  async report({ tenantId, reportId, bodyHash, entries }: Report): Promise<Written['as'] | WrongEntries> {
    const { pool, meter, committed, now } = this.parts;
    const nowMs = now();
    const wrong: WrongEntries = { fieldErrors: {} };
    const rows = entries.map((entry, i): ImpressionRow => {
      const atMs = entry.hour === undefined ? nowMs : Date.parse(entry.hour);
      const error = this.#wrongTime(atMs, nowMs);
      if (error !== null) wrong.fieldErrors[`impressions.${i}.hour`] = [error];
      return {
        tenantId,
        hourMs: hourOf(atMs),
        adId: entry.ad_id,
        campaignId: entry.campaign_id ?? null,
        advertiserId: entry.advertiser_id ?? null,
        country: entry.country,
        deviceType: entry.device_type,
        linkId: '',
        count: entry.count,
      };
    });
    if (Object.keys(wrong.fieldErrors).length > 0) return wrong;
    const write = { owner: tenantId, id: reportId, bodyHash, rows };
    const written = await appendImpressions(pool, write, nowMs, true);
    if (written.as !== 'new') return written.as;
    for (const row of written.refused) {
      const field = row.campaignId === null ? 'ad_id' : 'campaign_id';
      wrong.fieldErrors[`impressions.${rows.indexOf(row)}.${field}`] = [whyRefused(row)];
    }
    if (written.refused.length > 0) return wrong;
    meter.totals.reported += rows.reduce((sum, { count }) => sum + count, 0);
    committed.notify();
    return 'new';
  }

  /** Its id is known for the dedup window: an older hour could be of a report that nobody remembers. */
  #wrongTime(atMs: number, nowMs: number): string | null {
    const days = this.parts.dedupWindowDays;
    if (atMs > nowMs + LIMITS.clockSkewMsMax)
      return `More than ${LIMITS.clockSkewMsMax / 60_000} minutes ahead of the server`;
    return atMs < nowMs - days * DAY_MS ? `Older than the dedup window of ${days} days` : null;
  }
}

function whyRefused({ campaignId, advertiserId }: ImpressionRow): string {
  if (campaignId === null) return 'Unknown ad; name its campaign_id and advertiser_id';
  return advertiserId === null
    ? 'Unknown campaign; name its advertiser_id'
    : 'Unknown campaign, and only known campaigns are counted';
}
