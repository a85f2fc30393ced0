import { createHmac } from 'node:crypto';
import type pg from 'pg';
import { type DueAlert, dueAlerts, markFailed, markSent } from '../ledger/alerts.js';
import { messageOf } from '../log.js';

/** How long a webhook may take to answer. */
const ANSWER_MS_MAX = 5_000;
/** Alerts sent in one go, one after the other. */
const SENT_MAX = 20;

/** Signature of a body sent at this time: `t=SECONDS,v1=HEX`, HMAC-SHA-256 of `SECONDS.body`. */
export function sign(body: string, secret: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Sends the alerts whose time has come. One that fails is put off, and holds up no other. */
export async function deliverAlerts(pool: pg.Pool, now: () => number): Promise<void> {
  for (const due of await dueAlerts(pool, now(), SENT_MAX)) {
    const error = await send(due, now());
    if (error === null) await markSent(pool, due.alert.alert_id);
    else await markFailed(pool, due.alert.alert_id, error, now());
  }
}

/** Null when it was answered with 2xx; else why not. */
async function send({ alert, url, secret }: DueAlert, nowMs: number): Promise<string | null> {
  const { delivery: _, attempts: __, last_error: ___, ...told } = alert;
  const body = JSON.stringify({ type: 'fraud_rate', alert: told });
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'clickledger-signature': sign(body, secret, Math.floor(nowMs / 1_000)),
        // The same each time: a receiver that got it and failed to say so can tell.
        'clickledger-delivery': `alert-${alert.alert_id}`,
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    await response.body?.cancel();
    return response.ok ? null : `answered ${response.status}`;
  } catch (error) {
    return messageOf(error);
  }
}
