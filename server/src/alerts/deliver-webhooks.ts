import { createHmac } from 'node:crypto';
import type pg from 'pg';
import type { Background, Loop } from '../lib/background.js';
import { messageOf } from '../lib/log.js';
import type { TenantFetch } from '../lib/tenant-fetch.js';
import { claimDueAlerts, type DueAlert, markFailed, markSent } from './alerts-table.js';

/** How often those whose time has come are looked for, in milliseconds. */
const LOOK_MS = 5_000;
/** Tenants whose alerts are sent in one turn, and how many of them at once. */
const TENANTS_MAX = 200;
const TENANTS_AT_ONCE_MAX = 20;

export interface DeliveryParts {
  pool: pg.Pool;
  tenantFetch: TenantFetch;
  now: () => number;
}

/** Sends what is due, again and again. Any number of nodes may: an alert that one of them sends is claimed. */
export const keepDelivering = (parts: DeliveryParts, background: Background): Loop =>
  background.every(
    { name: 'alert deliveries', failure: 'alerts could not be sent; they are sent again' },
    { everyMs: LOOK_MS },
    () => deliverAlerts(parts),
  );

/** Signature of a body sent at this time: `t=SECONDS,v1=HEX`, HMAC-SHA-256 of `SECONDS.body`. */
export function sign(body: string, secret: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/**
 * Sends the oldest due alert of each tenant, to many tenants at once. One receiver that never answers holds up its own tenant alone,
 * and one turn by no more than a request may take.
 */
export async function deliverAlerts(parts: DeliveryParts): Promise<void> {
  const due = (await claimDueAlerts(parts.pool, parts.now(), TENANTS_MAX)).values();
  const worker = async () => {
    for (const one of due) await deliver(parts, one);
  };
  await Promise.all(Array.from({ length: TENANTS_AT_ONCE_MAX }, worker));
}

async function deliver({ pool, tenantFetch, now }: DeliveryParts, due: DueAlert): Promise<void> {
  const error = await send(tenantFetch, due, now());
  if (error === null) await markSent(pool, due.alert.alert_id);
  else await markFailed(pool, due.alert.alert_id, error, now());
}

/** Null when it was answered with 2xx; else why not. */
async function send(
  tenantFetch: TenantFetch,
  { alert, url, secret }: DueAlert,
  nowMs: number,
): Promise<string | null> {
  const { delivery: _, attempts: __, last_error: ___, ...told } = alert;
  const body = JSON.stringify({ type: 'fraud_rate', alert: told });
  const headers = {
    'content-type': 'application/json',
    'clickledger-signature': sign(body, secret, Math.floor(nowMs / 1_000)),
    // The same each time: a receiver that got it and failed to say so can tell.
    'clickledger-delivery': `alert-${alert.alert_id}`,
  };
  try {
    const status = await tenantFetch.post(new URL(url), headers, body);
    return status >= 200 && status < 300 ? null : `answered ${status}`;
  } catch (error) {
    return messageOf(error);
  }
}
