import type { Alert } from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { ISO_UTC } from '../lib/sql.js';
import { inTransaction } from '../lib/transaction.js';

/** Most alerts of a tenant that wait to be sent; older ones are given up. */
const WAITING_MAX = 1_000;
/** Tries of one alert; the last is about ten hours after the first. */
export const ATTEMPTS_MAX = 12;
const PAUSE_SECONDS_MIN = 10;
const PAUSE_SECONDS_MAX = 3_600;
const ERROR_LENGTH_MAX = 300;

export type Level = Alert['level'];

export interface NewAlert {
  tenantId: number;
  campaignId: string;
  level: Level;
  clicks: number;
  fraudCount: number;
  fromMs: number;
  toMs: number;
}

/** From when on an account wants to be alerted. Shares are 0 to 1, of a campaign's clicks within an hour. */
export interface AlertLimits {
  warning: number;
  critical: number;
  /** A share of fewer clicks than this says nothing. */
  clicksMin: number;
}

export async function readAlertLimits(pool: pg.Pool, tenantId: number): Promise<AlertLimits> {
  const { rows } = await pool.query<AlertLimits>(
    `SELECT alert_warning_percent / 100.0::float8 AS warning, alert_critical_percent / 100.0::float8 AS critical,
       alert_clicks_min AS "clicksMin"
     FROM tenants WHERE tenant_id = $1`,
    [tenantId],
  );
  if (!rows[0]) throw new Error(`There is no tenant ${tenantId}`);
  return rows[0];
}

/** The last level of each of these campaigns that ever had an alert. */
export async function readLevels(
  pool: pg.Pool,
  tenantId: number,
  campaignIds: readonly string[],
): Promise<Map<string, Level>> {
  const { rows } = await pool.query<{ campaign_id: string; level: Level }>(
    `SELECT c.campaign_id, a.level FROM unnest($2::text[]) AS c (campaign_id)
     CROSS JOIN LATERAL (
       SELECT level FROM alerts WHERE tenant_id = $1 AND campaign_id = c.campaign_id ORDER BY alert_id DESC LIMIT 1
     ) a`,
    [tenantId, campaignIds],
  );
  return new Map(rows.map((row) => [row.campaign_id, row.level]));
}

export async function raiseAlert(pool: pg.Pool, alert: NewAlert): Promise<void> {
  await pool.query('SELECT raise_alert($1, $2, $3, $4, $5, $6, $7, $8)', [
    alert.tenantId,
    alert.campaignId,
    alert.level,
    alert.clicks,
    alert.fraudCount,
    new Date(alert.fromMs),
    new Date(alert.toMs),
    WAITING_MAX,
  ]);
}

const ALERT = `a.alert_id, a.campaign_id, a.level, a.clicks, a.fraud_count,
  CASE WHEN a.clicks = 0 THEN 0 ELSE a.fraud_count::float8 / a.clicks END AS fraud_rate,
  ${ISO_UTC('a.from_time')} AS from_time, ${ISO_UTC('a.to_time')} AS to_time, ${ISO_UTC('a.raised_at')} AS raised_at,
  coalesce(d.state, 'none') AS delivery, coalesce(d.attempts, 0) AS attempts, d.last_error`;

export async function listAlerts(pool: pg.Pool, tenantId: number, limit: number): Promise<Alert[]> {
  const { rows } = await pool.query<Alert>(
    `SELECT ${ALERT} FROM alerts a LEFT JOIN alert_deliveries d USING (alert_id)
     WHERE a.tenant_id = $1 ORDER BY a.alert_id DESC LIMIT $2`,
    [tenantId, limit],
  );
  return rows;
}

export async function readWebhookUrl(pool: pg.Pool, tenantId: number): Promise<string | null> {
  const { rows } = await pool.query<{ url: string }>('SELECT url FROM webhooks WHERE tenant_id = $1', [
    tenantId,
  ]);
  return rows[0]?.url ?? null;
}

/** Sets, or with a null `url` removes, where a tenant's alerts are sent. */
export function setWebhook(
  pool: pg.Pool,
  tenantId: number,
  webhook: { url: string | null; secret: string; changedBy: string },
): Promise<void> {
  const { url, secret, changedBy } = webhook;
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ url: string }>(
      'SELECT url FROM webhooks WHERE tenant_id = $1 FOR UPDATE',
      [tenantId],
    );
    if (url === null) await client.query('DELETE FROM webhooks WHERE tenant_id = $1', [tenantId]);
    else
      await client.query(
        `INSERT INTO webhooks (tenant_id, url, secret, changed_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id) DO UPDATE SET url = $2, secret = $3, changed_by = $4, changed_at = now()`,
        [tenantId, url, secret, changedBy],
      );
    // The host alone: receivers have their tokens in the path, the query or before the host.
    await recordAudit(client, {
      tenantId,
      actor: changedBy,
      action: 'webhook.change',
      subject: 'alerts',
      before: rows[0] ? { host: new URL(rows[0].url).host } : null,
      after: url === null ? null : { host: new URL(url).host },
    });
  });
}

/** An alert to be sent now, and how. */
export interface DueAlert {
  alert: Alert;
  url: string;
  secret: string;
}

/** How long a claimed alert is left alone, in seconds: longer than sending takes; a node that died in the middle delays it by this. */
const CLAIM_SECONDS = 60;

/**
 * Claims the oldest due alert of each tenant, for the tenants that have waited longest. An alert whose webhook was removed waits for
 * another one.
 */
export async function claimDueAlerts(pool: pg.Pool, nowMs: number, tenantsMax: number): Promise<DueAlert[]> {
  const { rows } = await pool.query<Alert & { url: string; secret: string }>(
    `WITH oldest AS (
       SELECT min(d.alert_id) AS alert_id FROM alert_deliveries d JOIN webhooks USING (tenant_id)
       WHERE d.state = 'waiting' AND d.next_attempt_at <= $1
       GROUP BY d.tenant_id ORDER BY min(d.next_attempt_at) LIMIT $2
     ), claimed AS (
       UPDATE alert_deliveries d SET next_attempt_at = $1::timestamptz + make_interval(secs => $3)
       FROM oldest
       WHERE d.alert_id = oldest.alert_id AND d.state = 'waiting' AND d.next_attempt_at <= $1
       RETURNING d.*
     )
     SELECT ${ALERT}, w.url, w.secret FROM claimed d
     JOIN alerts a USING (alert_id) JOIN webhooks w ON w.tenant_id = d.tenant_id`,
    [new Date(nowMs), tenantsMax, CLAIM_SECONDS],
  );
  return rows.map(({ url, secret, ...alert }) => ({ alert, url, secret }));
}

export async function markSent(pool: pg.Pool, alertId: number): Promise<void> {
  await pool.query(
    `UPDATE alert_deliveries SET state = 'delivered', attempts = attempts + 1, last_error = NULL WHERE alert_id = $1`,
    [alertId],
  );
}

/** Puts it off, for twice as long each time; after `ATTEMPTS_MAX` it is given up. */
export async function markFailed(
  pool: pg.Pool,
  alertId: number,
  error: string,
  nowMs: number,
): Promise<void> {
  await pool.query(
    `UPDATE alert_deliveries SET attempts = attempts + 1, last_error = $2,
       state = CASE WHEN attempts + 1 >= $3 THEN 'given_up' ELSE 'waiting' END,
       next_attempt_at = $4::timestamptz + make_interval(secs => least($5 * power(2, attempts), $6))
     WHERE alert_id = $1`,
    [
      alertId,
      error.slice(0, ERROR_LENGTH_MAX),
      ATTEMPTS_MAX,
      new Date(nowMs),
      PAUSE_SECONDS_MIN,
      PAUSE_SECONDS_MAX,
    ],
  );
}
