import { LIMITS, type LinkHostsReply } from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { findTenant } from '../ledger/entities.js';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { ISO_UTC } from '../lib/sql.js';
import { NotFound, Told } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';

type LinkHost = LinkHostsReply['data'][number];

const SELECT = `SELECT h.host, (SELECT count(*)::integer FROM links l WHERE l.tenant_id = h.tenant_id AND l.host = h.host) AS links,
  ${ISO_UTC('h.created_at')} AS created_at FROM link_hosts h`;

/** The host names for links of a tenant, by name. */
export async function listLinkHosts(pool: pg.Pool, tenantId: number): Promise<LinkHost[]> {
  const { rows } = await pool.query<LinkHost>(`${SELECT} WHERE h.tenant_id = $1 ORDER BY h.host`, [tenantId]);
  return rows;
}

/**
 * Gives a tenant a host name for links; again, it changes nothing.
 *
 * @param pool the operator's: the host may be another tenant's
 * @throws NotFound; Told 409 when it is another tenant's, or the tenant has as many as may be
 */
export function giveLinkHost(
  pool: pg.Pool,
  host: string,
  to: { tenantId: number; slug: string | undefined; actor: string },
): Promise<LinkHost> {
  return inTransaction(pool, async (client) => {
    const tenantId =
      to.slug === undefined ? to.tenantId : await findTenant(client as unknown as pg.Pool, to.slug);
    if (tenantId === null) throw new NotFound('There is no account with this slug.');
    await lockTransaction(client, LOCKS.links, tenantId);
    const { rows: all } = await client.query<{ n: number }>(
      'SELECT count(*)::integer AS n FROM link_hosts WHERE tenant_id = $1 AND host <> $2',
      [tenantId, host],
    );
    if ((all[0]?.n ?? 0) >= LIMITS.linkHostsMax)
      throw new Told(409, 'too_many_hosts', `An account can have ${LIMITS.linkHostsMax} link hosts.`);
    const { rowCount } = await client.query(
      'INSERT INTO link_hosts (host, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [host, tenantId],
    );
    const { rows } = await client.query<LinkHost>(`${SELECT} WHERE h.host = $1 AND h.tenant_id = $2`, [
      host,
      tenantId,
    ]);
    if (!rows[0]) throw new Told(409, 'host_taken', 'This host is another account’s.');
    if (rowCount === 1) await note(client, { ...to, tenantId }, host, null, { host });
    return rows[0];
  });
}

/**
 * Takes a host name back, whose it is.
 *
 * @throws NotFound; Told 409 when links are on it
 */
export function takeLinkHost(pool: pg.Pool, host: string, actor: string): Promise<void> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ tenant_id: number }>(
      'SELECT tenant_id FROM link_hosts WHERE host = $1',
      [host],
    );
    const [found] = rows;
    if (!found) throw new NotFound('Nobody has this link host.');
    // Whoever makes a link on it meanwhile waits, and finds it gone.
    await lockTransaction(client, LOCKS.links, found.tenant_id);
    const { rows: counted } = await client.query<{ n: number }>(
      'SELECT count(*)::integer AS n FROM links WHERE host = $1',
      [host],
    );
    const links = counted[0]?.n ?? 0;
    if (links > 0) throw new Told(409, 'host_in_use', `${links} links are on this host.`);
    await client.query('DELETE FROM link_hosts WHERE host = $1', [host]);
    await note(client, { tenantId: found.tenant_id, actor }, host, { host }, null);
  });
}

const note = (
  client: pg.PoolClient,
  { tenantId, actor }: { tenantId: number; actor: string },
  host: string,
  before: Record<string, unknown> | null,
  after: Record<string, unknown> | null,
) => recordAudit(client, { tenantId, actor, action: 'link_host.change', subject: host, before, after });
