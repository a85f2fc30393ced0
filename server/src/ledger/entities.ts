import type pg from 'pg';
import type { JudgedClick } from './append-batch.js';

/** How many (tenant, advertiser, campaign, ad) a process remembers as registered; beyond it, it asks the ledger again. */
const KNOWN_MAX = 200_000;

type Row = { ordinal: number; was_fraudulent: boolean };

/** Registers ids that clicks bring and the ledger doesn't know, in the transaction of those clicks. */
export class EntityRegistry {
  #known = new Set<string>();

  /** The clicks whose ids this process hasn't seen registered; null when there are none. */
  unknownAmong(rows: readonly JudgedClick[]): Map<string, JudgedClick> | null {
    let news: Map<string, JudgedClick> | null = null;
    for (const row of rows) {
      const { tenantId, advertiserId, campaignId, adId } = row.click;
      const key = `${tenantId}\n${advertiserId}\n${campaignId}\n${adId}`;
      if (this.#known.has(key)) continue;
      news ??= new Map();
      news.set(key, row);
    }
    return news;
  }

  /** Runs the query and the registration in one transaction. */
  async registerWith(
    pool: pg.Pool,
    news: Map<string, JudgedClick>,
    query: pg.QueryConfig,
  ): Promise<pg.QueryResult<Row>> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const clicks = [...news.values()].map((row) => row.click);
      await client.query({
        name: 'register_entities',
        text: 'SELECT register_entities($1, $2, $3, $4)',
        values: [
          clicks.map((click) => click.tenantId),
          clicks.map((click) => click.advertiserId),
          clicks.map((click) => click.campaignId),
          clicks.map((click) => click.adId),
        ],
      });
      const result = await client.query<Row>(query);
      await client.query('COMMIT');
      if (this.#known.size + news.size > KNOWN_MAX) this.#known.clear();
      for (const key of news.keys()) this.#known.add(key);
      client.release();
      return result;
    } catch (error) {
      // The transaction's state is unknown: end the session, which rolls it back.
      client.release(true);
      throw error;
    }
  }
}

/** Whether there is a tenant of this id. */
export async function hasTenant(pool: pg.Pool, tenantId: number): Promise<boolean> {
  const { rows } = await pool.query('SELECT FROM tenants WHERE tenant_id = $1', [tenantId]);
  return rows.length > 0;
}

/** The id of a tenant by its slug; null when there is none. */
export async function findTenant(pool: pg.Pool, slug: string): Promise<number | null> {
  const { rows } = await pool.query<{ tenant_id: number }>('SELECT tenant_id FROM tenants WHERE slug = $1', [
    slug,
  ]);
  return rows[0]?.tenant_id ?? null;
}
