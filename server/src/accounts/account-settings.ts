import { isTimeZone, type SettingsChange, type SettingsReply } from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import type { Database } from '../lib/sql.js';
import { Invalid, Told } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';

const COLUMNS = `currency, billing_zone, only_known_campaigns, respect_privacy_signals, personal_data_days,
  issuer_name, issuer_address, issuer_contact, payment_days, tax_label, tax_percent::float8 AS tax_percent, payment_note,
  alert_warning_percent, alert_critical_percent, alert_clicks_min,
  NOT EXISTS (SELECT FROM billing_periods p WHERE p.tenant_id = t.tenant_id) AS may_change_billing`;

export async function readSettings(pool: Database, tenantId: number): Promise<SettingsReply> {
  const { rows } = await pool.query<SettingsReply>(`SELECT ${COLUMNS} FROM tenants t WHERE tenant_id = $1`, [
    tenantId,
  ]);
  if (!rows[0]) throw new Error(`There is no tenant ${tenantId}`);
  return rows[0];
}

/** The currency of an account's costs, ISO 4217. */
export async function readCurrency(pool: Database, tenantId: number): Promise<string> {
  const { rows } = await pool.query<{ currency: string }>(
    'SELECT currency FROM tenants WHERE tenant_id = $1',
    [tenantId],
  );
  if (!rows[0]) throw new Error(`There is no tenant ${tenantId}`);
  return rows[0].currency;
}

/** Whether the ledger and the runtime both know this time zone by this name: each has names of its own, such as `posixrules`. */
export async function isZone(pool: pg.Pool, zone: string): Promise<boolean> {
  if (!isTimeZone(zone)) return false;
  const { rowCount } = await pool.query('SELECT FROM pg_timezone_names WHERE name = $1', [zone]);
  return rowCount === 1;
}

const BILLING_FIXED = 'A month is closed, so its currency and billing time zone can no longer be changed.';

/** Columns that a person may change. */
const EDITABLE = [
  'currency',
  'billing_zone',
  'only_known_campaigns',
  'respect_privacy_signals',
  'personal_data_days',
  'issuer_name',
  'issuer_address',
  'issuer_contact',
  'payment_days',
  'tax_label',
  'tax_percent',
  'payment_note',
  'alert_warning_percent',
  'alert_critical_percent',
  'alert_clicks_min',
] as const satisfies (keyof SettingsChange)[];

/** Changes what is named, and notes it. Throws what its caller is told: billing that is fixed, limits in the wrong order. */
export function changeSettings(
  pool: pg.Pool,
  tenantId: number,
  change: SettingsChange,
  changedBy: string,
): Promise<void> {
  return inTransaction(pool, async (client) => {
    // A month that is being closed at this moment is closed first.
    await lockTransaction(client, LOCKS.billing, tenantId);
    const { rows } = await client.query<SettingsReply>(
      `SELECT ${COLUMNS} FROM tenants t WHERE tenant_id = $1 FOR UPDATE`,
      [tenantId],
    );
    const [old] = rows;
    if (!old) throw new Error(`There is no tenant ${tenantId}`);
    const changed = EDITABLE.filter((name) => change[name] !== undefined && change[name] !== old[name]);
    if (changed.length === 0) return;
    const isFixed = changed.includes('currency') || changed.includes('billing_zone');
    if (isFixed && !old.may_change_billing) throw new Told(409, 'billing_fixed', BILLING_FIXED);
    const warning = change.alert_warning_percent ?? old.alert_warning_percent;
    const critical = change.alert_critical_percent ?? old.alert_critical_percent;
    if (warning > critical)
      throw new Invalid('Must not be above the critical limit', 'alert_warning_percent');
    const assignments = changed.map((name, i) => `${name} = $${i + 2}`);
    await client.query(`UPDATE tenants SET ${assignments.join(', ')} WHERE tenant_id = $1`, [
      tenantId,
      ...changed.map((name) => change[name]),
    ]);
    await recordAudit(client, {
      tenantId,
      actor: changedBy,
      action: 'settings.change',
      subject: 'account',
      before: Object.fromEntries(changed.map((name) => [name, old[name]])),
      after: Object.fromEntries(changed.map((name) => [name, change[name]])),
    });
  });
}
