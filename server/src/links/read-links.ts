import type pg from 'pg';

/** A link as the ledger has it, with the state of its ad and its campaign. */
export interface StoredLink {
  tenant_id: number;
  link_id: string;
  host: string;
  slug: string;
  ad_id: string;
  /** Null: no such ad, here and below. */
  campaign_id: string | null;
  advertiser_id: string | null;
  ad_status: string | null;
  campaign_status: string | null;
  status: string;
  destinations: { url: string; weight: number }[];
  starts_at_ms: number | null;
  ends_at_ms: number | null;
  fallback_url: string | null;
  pass_parameters: boolean;
  click_id_parameter: string | null;
  referrer_policy: string;
  allow_http: boolean;
  allowed_hosts: string[];
  signing: string;
  /** Newest first. */
  signing_keys: string[];
}

/**
 * Links that transactions since `sinceXid` have changed, of all tenants, and where to go on from.
 *
 * The snapshot is taken first: each transaction before its oldest running one had ended when the links are read. So whatever is not
 * read here has a number of at least `nextXid`. Numbers that this server has not given out yet are of a ledger that was restored from
 * another one.
 */
export async function readLinks(
  pool: pg.Pool,
  sinceXid: string,
): Promise<{ links: StoredLink[]; nextXid: string }> {
  const { rows: snapshots } = await pool.query<{ xmin: string }>(
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin',
  );
  const { rows } = await pool.query<StoredLink>(
    `SELECT l.tenant_id, l.link_id, l.host, l.slug, l.ad_id, a.campaign_id, c.advertiser_id, a.status AS ad_status,
       c.status AS campaign_status, l.status, l.destinations, (extract(epoch FROM l.starts_at) * 1000)::bigint AS starts_at_ms,
       (extract(epoch FROM l.ends_at) * 1000)::bigint AS ends_at_ms, l.fallback_url, l.pass_parameters, l.click_id_parameter,
       l.referrer_policy, l.allow_http, l.allowed_hosts, l.signing,
       ARRAY(SELECT k ->> 'key' FROM jsonb_array_elements(l.signing_keys) AS k) AS signing_keys
     FROM links l
     LEFT JOIN ads a ON a.tenant_id = l.tenant_id AND a.ad_id = l.ad_id
     LEFT JOIN campaigns c ON c.tenant_id = a.tenant_id AND c.campaign_id = a.campaign_id
     WHERE l.changed_xid >= $1::xid8 AND ($1 = '0' OR l.changed_xid < pg_snapshot_xmax(pg_current_snapshot()))`,
    [sinceXid],
  );
  return { links: rows, nextXid: snapshots[0]?.xmin ?? sinceXid };
}

/** Host names for links, and campaigns that have spent their daily budget: of all tenants. */
export async function readHostsAndBudgets(
  pool: pg.Pool,
): Promise<{ hosts: ReadonlySet<string>; spent: ReadonlySet<string> }> {
  const { rows } = await pool.query<{ hosts: string[]; spent: string[] }>(
    `SELECT ARRAY(SELECT host FROM link_hosts) AS hosts,
       ARRAY(SELECT tenant_id || ' ' || campaign_id FROM spent_budgets WHERE until > now()) AS spent`,
  );
  return { hosts: new Set(rows[0]?.hosts), spent: new Set(rows[0]?.spent) };
}
