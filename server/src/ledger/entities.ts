import { LIMITS } from '@clickledger/contract';
import type pg from 'pg';
import type { Click, JudgedClick } from '../click/click.js';
import { copyOf } from '../lib/bounded-cache.js';
import { TenantMaps } from '../lib/tenant-maps.js';

/** How many (tenant, advertiser, campaign, ad) a process remembers as registered; beyond it, it asks the ledger again. */
const KNOWN_MAX = 200_000;

/** With which campaign and advertiser an ad was seen. */
type Parents = Pick<Click, 'campaignId' | 'advertiserId'>;

/** Registers ids that clicks bring and the ledger doesn't know, in the transaction of those clicks. */
export class EntityRegistry {
  readonly #known = new Set<string>();
  /** By ad, for nearly all clicks: an ad rarely has a second campaign, and the joined key needs to be made for those alone. */
  readonly #firstKnown = new TenantMaps<Parents>();

  /** The clicks whose ids this process hasn't seen registered; null when there are none. */
  unknownAmong(rows: readonly JudgedClick[]): Map<string, JudgedClick> | null {
    let news: Map<string, JudgedClick> | null = null;
    for (const row of rows) {
      const { tenantId, advertiserId, campaignId, adId } = row.click;
      const first = this.#firstKnown.of(tenantId).get(adId);
      if (first?.campaignId === campaignId && first.advertiserId === advertiserId) continue;
      const key = `${tenantId}\n${advertiserId}\n${campaignId}\n${adId}`;
      if (this.#known.has(key)) continue;
      news ??= new Map();
      news.set(key, row);
    }
    return news;
  }

  #remember(news: readonly (readonly [string, JudgedClick])[]): void {
    if (this.#known.size + news.length > KNOWN_MAX) {
      this.#known.clear();
      this.#firstKnown.clear();
    }
    for (const [key, { click }] of news) {
      this.#known.add(key);
      const ofTenant = this.#firstKnown.of(click.tenantId);
      if (ofTenant.has(click.adId)) continue;
      const parents = { campaignId: copyOf(click.campaignId), advertiserId: copyOf(click.advertiserId) };
      ofTenant.set(copyOf(click.adId), parents);
    }
  }

  /** Runs the query and the registration in one transaction. What is not registered, over the limit of an hour, is asked for again. */
  async registerWith<Row extends pg.QueryResultRow>(
    pool: pg.Pool,
    news: Map<string, JudgedClick>,
    query: pg.QueryConfig,
  ): Promise<{ rows: Row[]; unregistered: number }> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const clicks = [...news.values()].map((row) => row.click);
      const { rows: registered } = await client.query<{ ordinal: number }>({
        name: 'register_clicked',
        text: 'SELECT ordinal FROM register_clicked($1, $2, $3, $4, $5)',
        values: [
          clicks.map((click) => click.tenantId),
          clicks.map((click) => click.advertiserId),
          clicks.map((click) => click.campaignId),
          clicks.map((click) => click.adId),
          LIMITS.newEntitiesPerHourMax,
        ],
      });
      const { rows } = await client.query<Row>(query);
      await client.query('COMMIT');
      const asked = [...news];
      this.#remember(registered.map(({ ordinal }) => asked[ordinal - 1] as [string, JudgedClick]));
      client.release();
      return { rows, unregistered: asked.length - registered.length };
    } catch (error) {
      // The transaction's state is unknown: end the session, which rolls it back.
      client.release(true);
      throw error;
    }
  }
}

/** Whether there is an organization of this id. */
export async function hasTenant(pool: pg.Pool, tenantId: number): Promise<boolean> {
  const { rows } = await pool.query('SELECT FROM tenants WHERE tenant_id = $1 AND test_of IS NULL', [
    tenantId,
  ]);
  return rows.length > 0;
}

/** The id of a tenant by its slug; null when there is none. */
export async function findTenant(pool: pg.Pool, slug: string): Promise<number | null> {
  const { rows } = await pool.query<{ tenant_id: number }>(
    'SELECT tenant_id FROM tenants WHERE slug = $1 AND test_of IS NULL',
    [slug],
  );
  return rows[0]?.tenant_id ?? null;
}
