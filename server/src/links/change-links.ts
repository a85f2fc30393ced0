import { randomInt } from 'node:crypto';
import {
  ChangedLink,
  type EntityChange,
  LIMITS,
  type Link,
  type LinkChange,
  type MadeSigningKey,
  type NewLink,
} from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { ISO_UTC } from '../lib/sql.js';
import { newToken } from '../lib/tokens.js';
import { Invalid, NotFound, Told } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';
import {
  EDITABLE,
  findLink,
  insertLinks,
  type LinkToMake,
  mayMakeLinks,
  newSlug,
  updateLink,
} from './links-table.js';

/** Who changes links, and where these are followed. */
export interface LinkEditor {
  tenantId: number;
  actor: string;
  publicUrl: string | null;
}

/** Tries to find a slug that nobody has. With 54^8 of them, the first does. */
const SLUG_TRIES_MAX = 5;
const KEYS_IN_FORCE = 2;
const KEY_PREFIX = 'clk_sign_';

const NO_LINK = 'No link with this ID.';
export const NO_AD = 'There is no ad with this ID. Set it up first.';
export const NO_HOST = 'Not a link host of this account.';
export const TAKEN = 'Taken. Choose another one.';

export const tooManyLinks = (): Told =>
  new Told(409, 'too_many_links', `An account can have ${LIMITS.linksMax} links.`);

/** Of these ads, those that are set up. */
export async function knownAds(
  client: pg.PoolClient,
  tenantId: number,
  adIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ ad_id: string }>(
    'SELECT ad_id FROM ads WHERE tenant_id = $1 AND ad_id = ANY ($2)',
    [tenantId, adIds],
  );
  return new Set(rows.map(({ ad_id }) => ad_id));
}

/** The hosts that links of a tenant may have, and which no other tenant's have; that of this server among them. */
export async function ownHosts(client: pg.PoolClient, tenantId: number): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ host: string }>('SELECT host FROM link_hosts WHERE tenant_id = $1', [
    tenantId,
  ]);
  return new Set(['', ...rows.map(({ host }) => host)]);
}

/** What the audit log says of a link: what a person may change, and its address. */
function noted(link: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    ['host', 'slug', ...EDITABLE].map((field) => [field, link[field]]).filter(([, value]) => value !== null),
  );
}

/** Makes links, none of which has an address that is taken, and notes it. */
export async function makeLinks(
  client: pg.PoolClient,
  { tenantId, actor }: LinkEditor,
  links: readonly LinkToMake[],
): Promise<(string | null)[]> {
  const ids = await insertLinks(client, tenantId, links);
  for (const [i, id] of ids.entries())
    if (id !== null)
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'link.create',
        subject: id,
        before: null,
        after: noted(links[i] as unknown as Record<string, unknown>),
      });
  return ids;
}

/**
 * Makes a link.
 *
 * @throws Invalid with the name of the field that is wrong; Told 409 when there are as many as may be
 */
export function createLink(pool: pg.Pool, editor: LinkEditor, link: NewLink): Promise<Link> {
  return inTransaction(pool, async (client) => {
    const { tenantId, publicUrl } = editor;
    await lockTransaction(client, LOCKS.links, tenantId);
    if (!(await mayMakeLinks(client, tenantId, 1))) throw tooManyLinks();
    if (!(await knownAds(client, tenantId, [link.ad_id])).has(link.ad_id)) throw new Invalid(NO_AD, 'ad_id');
    if (!(await ownHosts(client, tenantId)).has(link.host)) throw new Invalid(NO_HOST, 'host');
    for (let tries = 0; tries < SLUG_TRIES_MAX; tries++) {
      const slug = link.slug ?? newSlug(randomInt);
      const [id] = await makeLinks(client, editor, [{ ...link, slug }]);
      if (id) return (await findLink(client, tenantId, id, publicUrl)) as Link;
      if (link.slug !== undefined) break;
    }
    throw new Invalid(TAKEN, 'slug');
  });
}

/**
 * Changes a link.
 *
 * @throws NotFound; Invalid or ZodError with the name of the field that is wrong
 */
export function changeLink(
  pool: pg.Pool,
  { tenantId, actor, publicUrl }: LinkEditor,
  linkId: string,
  change: LinkChange,
): Promise<Link> {
  return inTransaction(pool, async (client) => {
    await lockLink(client, tenantId, linkId);
    const before = (await findLink(client, tenantId, linkId, publicUrl)) as Link;
    ChangedLink.parse({ ...before, ...change });
    if (change.ad_id !== undefined && !(await knownAds(client, tenantId, [change.ad_id])).has(change.ad_id))
      throw new Invalid(NO_AD, 'ad_id');
    await updateLink(client, tenantId, linkId, change);
    const after = (await findLink(client, tenantId, linkId, publicUrl)) as Link;
    await client.query('SELECT record_change($1, $2, $3, $4, $5, $6, $7)', [
      tenantId,
      actor,
      'link.change',
      linkId,
      before,
      after,
      EDITABLE,
    ]);
    return after;
  });
}

/** @throws NotFound */
async function lockLink(client: pg.PoolClient, tenantId: number, linkId: string): Promise<void> {
  const { rowCount } = await client.query(
    'SELECT FROM links WHERE tenant_id = $1 AND link_id = $2 FOR UPDATE',
    [tenantId, linkId],
  );
  if (rowCount === 0) throw new NotFound(NO_LINK);
}

/**
 * Makes a signing key of a link. It and the one before it are in force.
 *
 * @throws NotFound
 */
export function makeSigningKey(
  pool: pg.Pool,
  { tenantId, actor }: LinkEditor,
  linkId: string,
  nowMs: number,
): Promise<MadeSigningKey> {
  return inTransaction(pool, async (client) => {
    await lockLink(client, tenantId, linkId);
    const key = KEY_PREFIX + newToken();
    const made = {
      key,
      hint: key.slice(0, KEY_PREFIX.length + 4),
      created_at: new Date(nowMs).toISOString(),
    };
    await client.query(
      `UPDATE links SET signing_keys = jsonb_path_query_array($3::jsonb || signing_keys, '$[0 to ${KEYS_IN_FORCE - 1}]')
       WHERE tenant_id = $1 AND link_id = $2`,
      [tenantId, linkId, JSON.stringify([{ key, created_at: made.created_at }])],
    );
    await recordAudit(client, {
      tenantId,
      actor,
      action: 'link.key',
      subject: linkId,
      before: null,
      after: { hint: made.hint },
    });
    return made;
  });
}

/** What was changed of a link, newest first, at most `LIMITS.changesMax`. */
export async function listLinkChanges(
  pool: pg.Pool,
  tenantId: number,
  linkId: string,
): Promise<EntityChange[]> {
  const { rows } = await pool.query<EntityChange>(
    `SELECT ${ISO_UTC('changed_at')} AS changed_at, changed_by, field, old_value, new_value
     FROM entity_changes WHERE tenant_id = $1 AND entity = 'link' AND entity_id = $2
     ORDER BY change_id DESC, field DESC LIMIT $3`,
    [tenantId, linkId, LIMITS.changesMax],
  );
  return rows;
}
