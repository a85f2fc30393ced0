import { LIMITS, type Link, type LinksQuery, type LinksReply, type NewLink } from '@clickledger/contract';
import type pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { type Database, ISO_UTC } from '../lib/sql.js';

/** Columns that a person may change, in the order of the API. */
export const EDITABLE = [
  'ad_id',
  'name',
  'destinations',
  'status',
  'starts_at',
  'ends_at',
  'fallback_url',
  'pass_parameters',
  'click_id_parameter',
  'referrer_policy',
  'allow_http',
  'allowed_hosts',
  'signing',
] as const;
const INSERTED = ['link_id', 'host', 'slug', ...EDITABLE] as const;

/** Characters of a signing key that are shown, to tell it by. */
const HINT = `left(k ->> 'key', ${'clk_sign_'.length + 4})`;
const COLUMNS = `l.link_id, l.host, l.slug, l.name, l.ad_id, a.campaign_id, c.advertiser_id, l.destinations, l.status,
  ${ISO_UTC('l.starts_at')} AS starts_at, ${ISO_UTC('l.ends_at')} AS ends_at, l.fallback_url, l.pass_parameters,
  l.click_id_parameter, l.referrer_policy, l.allow_http, l.allowed_hosts, l.signing,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('hint', ${HINT}, 'created_at', k ->> 'created_at')), '[]')
   FROM jsonb_array_elements(l.signing_keys) AS k) AS signing_keys,
  ${ISO_UTC('l.created_at')} AS created_at`;
const FROM = `FROM links l
LEFT JOIN ads a ON a.tenant_id = l.tenant_id AND a.ad_id = l.ad_id
LEFT JOIN campaigns c ON c.tenant_id = a.tenant_id AND c.campaign_id = a.campaign_id`;

type Row = Omit<Link, 'tracking_url'>;

/** What people follow. Without a public URL, only the path of a link on this server's own host is known. */
export const trackingUrl = (host: string, slug: string, publicUrl: string | null): string =>
  `${host === '' ? (publicUrl ?? '') : `https://${host}`}/r/${slug}`;

const withUrl = ({ link_id, host, slug, ...rest }: Row, publicUrl: string | null): Link => ({
  link_id,
  host,
  slug,
  tracking_url: trackingUrl(host, slug, publicUrl),
  ...rest,
});

/** One link of a tenant; null when there is none. */
export async function findLink(
  pool: Database,
  tenantId: number,
  linkId: string,
  publicUrl: string | null,
): Promise<Link | null> {
  const { rows } = await pool.query<Row>(
    `SELECT ${COLUMNS} ${FROM} WHERE l.tenant_id = $1 AND l.link_id = $2`,
    [tenantId, linkId],
  );
  return rows[0] ? withUrl(rows[0], publicUrl) : null;
}

type Narrowing = Omit<LinksQuery, 'limit'>;

/** A page of a tenant's links, newest first. */
export async function listLinks(
  pool: Database,
  tenantId: number,
  query: Narrowing & { limit: number },
  publicUrl: string | null,
): Promise<LinksReply> {
  const values: unknown[] = [tenantId, query.limit + 1];
  const conditions = ['l.tenant_id = $1'];
  const add = (condition: (place: string) => string, value: unknown) => {
    if (value !== undefined) conditions.push(condition(`$${values.push(value)}`));
  };
  add((place) => `l.link_id < ${place}`, query.after);
  add((place) => `l.ad_id = ${place}`, query.ad_id);
  add((place) => `a.campaign_id = ${place}`, query.campaign_id);
  add((place) => `l.status = ${place}`, query.status);
  add(
    (place) =>
      `strpos(lower(concat_ws(' ', l.slug, l.name, jsonb_path_query_array(l.destinations, '$[*].url') #>> '{}')), lower(${place})) > 0`,
    query.search,
  );
  const { rows } = await pool.query<Row>(
    `SELECT ${COLUMNS} ${FROM} WHERE ${conditions.join(' AND ')} ORDER BY l.link_id DESC LIMIT $2`,
    values,
  );
  const data = rows.slice(0, query.limit).map((row) => withUrl(row, publicUrl));
  const isLast = rows.length <= query.limit;
  return { data, next_after: isLast ? null : (data.at(-1)?.link_id ?? null) };
}

/** Random letters and digits without those that look alike: 8 of them are enough to meet no other, and short enough to type. */
const SLUG_LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const SLUG_LENGTH = 8;
export const newSlug = (random: (max: number) => number): string =>
  Array.from({ length: SLUG_LENGTH }, () => SLUG_LETTERS[random(SLUG_LETTERS.length)]).join('');

const stored = (column: string, value: unknown): unknown =>
  column === 'destinations' ? JSON.stringify(value) : value;

/** A link that is to be made: its slug is decided. */
export type LinkToMake = Omit<NewLink, 'slug'> & { slug: string };

/**
 * Inserts links, in one statement. Those whose address is taken are left out.
 *
 * @returns the ids, in the order of `links`; null for one whose address is taken
 */
export async function insertLinks(
  client: pg.PoolClient,
  tenantId: number,
  links: readonly LinkToMake[],
): Promise<(string | null)[]> {
  const rows = links.map((link) => ({ ...link, link_id: uuidv7() }));
  const { rows: made } = await client.query<{ link_id: string }>(
    `INSERT INTO links (tenant_id, ${INSERTED.join(', ')})
     SELECT $1, ${INSERTED.map((column) => `r.${column}`).join(', ')}
     FROM jsonb_populate_recordset(NULL::links, $2::jsonb) AS r
     ON CONFLICT ON CONSTRAINT links_address DO NOTHING
     RETURNING link_id`,
    [tenantId, JSON.stringify(rows)],
  );
  const ids = new Set(made.map(({ link_id }) => link_id));
  return rows.map(({ link_id }) => (ids.has(link_id) ? link_id : null));
}

/** Sets columns of a link. */
export async function updateLink(
  client: pg.PoolClient,
  tenantId: number,
  linkId: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  const columns = EDITABLE.filter((column) => fields[column] !== undefined);
  await client.query(
    `UPDATE links SET ${columns.map((column, i) => `${column} = $${i + 3}`).join(', ')}
     WHERE tenant_id = $1 AND link_id = $2`,
    [tenantId, linkId, ...columns.map((column) => stored(column, fields[column]))],
  );
}

/** Whether the tenant may have so many links more. */
export async function mayMakeLinks(client: pg.PoolClient, tenantId: number, count: number): Promise<boolean> {
  const { rows } = await client.query<{ n: number }>(
    'SELECT count(*)::integer AS n FROM links WHERE tenant_id = $1',
    [tenantId],
  );
  return (rows[0]?.n ?? 0) + count <= LIMITS.linksMax;
}
