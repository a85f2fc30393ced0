import { randomUUID } from 'node:crypto';
import { NO_FACTS } from '../../server/src/click/facts.js';
import { toImportBatch } from '../../server/src/ingest/import-wire.js';
import { until } from '../../server/src/testing/wait.js';

type ClickFields = Record<string, unknown>;
interface Totals {
  clicks: number;
  unique_users: number;
  fraud_count: number;
  billable_count: number;
  cost_micros: number;
}
const NO_TOTALS: Totals = { clicks: 0, unique_users: 0, fraud_count: 0, billable_count: 0, cost_micros: 0 };
const DAY_MS = 86_400_000;

/** What a test asks the server besides the pages: as somebody with a session, or as nobody on an open server. */
export class Api {
  /** @param headers of every request, for example a session's cookie */
  constructor(
    readonly url: string,
    readonly headers: Record<string, string> = {},
  ) {}

  /** @param path below /api/v1/ */
  get<T>(path: string): Promise<T> {
    return this.send<T>('GET', path);
  }

  /** @throws on any status but 2xx, with what the server said */
  async send<T>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: { ...this.headers, ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}: ${text}`);
    return JSON.parse(text || 'null') as T;
  }

  /**
   * Sends clicks in one batch and waits until analytics has them.
   *
   * @param from the address that they come from, when the server trusts 127.0.0.1 as a proxy
   */
  async sendClicks(
    count: number,
    fields: (i: number) => ClickFields = () => ({}),
    { from, mode = 'live' }: { from?: string; mode?: 'live' | 'test' } = {},
  ): Promise<{ click_id: string }[]> {
    const clicks = Array.from({ length: count }, (_, i) => ({
      click_id: randomUUID(),
      ad_id: `ad-${i % 4}`,
      campaign_id: 'spring',
      advertiser_id: 'acme',
      ...fields(i),
    }));
    await this.send('POST', `clicks/batch?mode=${mode}`, { clicks }, from ? { 'x-forwarded-for': from } : {});
    await this.shown(clicks.at(-1)?.click_id as string, mode);
    return clicks;
  }

  /** Imports clicks of the past, each of another visitor, and waits until analytics has them. */
  async importClicks(clicks: { clickId: string; adId: string; clickedAtMs: number }[]): Promise<void> {
    const complete = clicks.map((click) => ({
      tenantId: 1,
      mayRepeat: true,
      campaignId: 'spring',
      advertiserId: 'acme',
      userId: null,
      ipHash: null,
      visitorKey: click.clickId.slice(0, 8).repeat(2),
      country: 'DE',
      deviceType: 'mobile' as const,
      os: 'iOS',
      browser: 'Safari',
      userAgent: '',
      referrer: '',
      facts: NO_FACTS,
      ...click,
    }));
    await this.send('POST', 'admin/import', toImportBatch(complete, 'last-month.csv'));
    await this.shown(clicks.at(-1)?.clickId as string);
  }

  /** Waits until analytics has a click and whatever was committed before it. */
  async shown(clickId: string, mode: 'live' | 'test' = 'live'): Promise<void> {
    await until(
      () => this.get<{ relay?: { state: string } }>(`clicks/${clickId}?mode=${mode}`),
      ({ relay }) => relay?.state === 'delivered',
    );
  }

  /**
   * Follows a link, and resolves with where it leads; nobody goes there. When that names the click as `cid`, analytics has it by then: a
   * redirect may be answered before its click is in the ledger.
   */
  async follow(path: string): Promise<URL> {
    const response = await fetch(`${this.url}/r/${path}`, {
      redirect: 'manual',
      headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' },
    });
    const target = new URL(response.headers.get('location') ?? '');
    const clickId = target.searchParams.get('cid');
    if (clickId)
      await until(
        () =>
          this.get<{ relay?: { state: string } }>(`clicks/${clickId}`).catch(() => ({ relay: undefined })),
        ({ relay }) => relay?.state === 'delivered',
      );
    return target;
  }

  /** The API's own figures of the last two days, for comparison with those on screen. */
  async totals(filter = ''): Promise<Totals> {
    const from = new Date(Date.now() - DAY_MS).toISOString();
    const to = new Date(Date.now() + DAY_MS / 24).toISOString();
    const { data } = await this.get<{ data: Totals[] }>(
      `analytics/aggregate?granularity=total&start_time=${from}&end_time=${to}${filter}`,
    );
    return data[0] ?? NO_TOTALS;
  }

  /** The API's own count of conversions of the last two days. */
  async conversions(): Promise<number> {
    const from = new Date(Date.now() - DAY_MS).toISOString();
    const to = new Date(Date.now() + DAY_MS / 24).toISOString();
    const { data } = await this.get<{ data: { conversions: number }[] }>(
      `analytics/aggregate?granularity=total&metrics=conversions&start_time=${from}&end_time=${to}`,
    );
    return data[0]?.conversions ?? 0;
  }

  /** Only the rules by speed flag: tests send many clicks of one visitor on a few ads at once. */
  async flagSpeedOnly(): Promise<void> {
    const off = { state: 'off' };
    await this.send('PUT', 'fraud/rules', {
      bot_user_agent: off,
      headless_browser: off,
      missing_user_agent: off,
      geo_mismatch: off,
      duplicate_click: { ...off, window_seconds: 3 },
    });
  }
}
