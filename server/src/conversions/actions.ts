import {
  type ConversionAction,
  type ConversionActionChange,
  type EntityChange,
  LIMITS,
  readAmount,
  toDecimal,
} from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { LOCKS } from '../lib/locks.js';
import { type Database, ISO_UTC } from '../lib/sql.js';
import { Invalid, Told } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';

/** A row of `conversion_actions`. */
interface ActionRow extends Omit<ConversionAction, 'default_value' | 'default_value_micros'> {
  /** As text: exact at any size. */
  default_value_micros: string | null;
}

const COLUMNS = `action, name, status, click_window_days, user_window_days, counting,
  default_value_micros::text AS default_value_micros, default_currency, ${ISO_UTC('created_at')} AS created_at`;
/** What a person may change. */
const EDITABLE = [
  'name',
  'status',
  'click_window_days',
  'user_window_days',
  'counting',
  'default_value_micros',
  'default_currency',
] as const;

const toAction = ({
  default_value_micros: micros,
  default_currency,
  ...rest
}: ActionRow): ConversionAction => ({
  ...rest,
  default_value_micros: micros === null ? null : Number(micros),
  default_value:
    micros === null ? null : toDecimal({ micros: BigInt(micros), currency: default_currency ?? '' }),
  default_currency,
});

/** A page of a tenant's actions, by name. */
export async function listActions(
  database: Database,
  tenantId: number,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ data: ConversionAction[]; next_after: string | null }> {
  const { rows } = await database.query<ActionRow>(
    `SELECT ${COLUMNS} FROM conversion_actions
     WHERE tenant_id = $1 AND ($2::text IS NULL OR action > $2) ORDER BY action LIMIT $3`,
    [tenantId, after, limit + 1],
  );
  const data = rows.slice(0, limit).map(toAction);
  return { data, next_after: rows.length > limit ? (data.at(-1)?.action ?? null) : null };
}

/** Null: there is none of this name. */
export async function findAction(
  database: Database,
  tenantId: number,
  action: string,
): Promise<ConversionAction | null> {
  const { rows } = await database.query<ActionRow>(
    `SELECT ${COLUMNS} FROM conversion_actions WHERE tenant_id = $1 AND action = $2`,
    [tenantId, action],
  );
  return rows[0] ? toAction(rows[0]) : null;
}

/** What was changed of an action, newest first, at most `LIMITS.changesMax`. */
export async function listActionChanges(
  database: Database,
  tenantId: number,
  action: string,
): Promise<EntityChange[]> {
  const { rows } = await database.query<EntityChange>(
    `SELECT ${ISO_UTC('a.at')} AS changed_at, a.actor AS changed_by, n.key AS field,
       a.old_values ->> n.key AS old_value, n.value AS new_value
     FROM audit_log a, jsonb_each_text(a.new_values) AS n
     WHERE a.tenant_id = $1 AND a.subject = $2 AND a.action IN ('conversion_action.create', 'conversion_action.change')
     ORDER BY a.audit_id DESC, n.key DESC LIMIT $3`,
    [tenantId, action, LIMITS.changesMax],
  );
  return rows;
}

export interface ActionEdit {
  tenantId: number;
  action: string;
  /** Others stay as they are. */
  change: ConversionActionChange;
  /** Who, for the history. */
  changedBy: string;
}

/**
 * Changes an action and notes what changed in the audit log, in one transaction.
 *
 * @param makeIfAbsent sets up one that no conversion has named yet
 * @returns as it is now; null when there is none
 * @throws Invalid, Told 422 when there are too many
 */
export const changeAction = (
  pool: pg.Pool,
  edit: ActionEdit,
  makeIfAbsent: boolean,
): Promise<ConversionAction | null> =>
  inTransaction(pool, async (client) => {
    const { tenantId, action, changedBy } = edit;
    const isNew = makeIfAbsent && (await registerAction(client, tenantId, action));
    // Locked, so that two edits at once are two changes in the history, one after the other.
    const { rows } = await client.query<ActionRow>(
      `SELECT ${COLUMNS} FROM conversion_actions WHERE tenant_id = $1 AND action = $2 FOR UPDATE`,
      [tenantId, action],
    );
    const [before] = rows;
    if (!before) return null;
    const after = applyChange(before, edit.change);
    await client.query(
      `UPDATE conversion_actions SET ${EDITABLE.map((column, i) => `${column} = $${i + 3}`).join(', ')}
       WHERE tenant_id = $1 AND action = $2`,
      [tenantId, action, ...EDITABLE.map((column) => after[column])],
    );
    const changed = EDITABLE.filter((column) =>
      isNew ? after[column] !== null : after[column] !== before[column],
    );
    const valuesOf = (row: ActionRow) => Object.fromEntries(changed.map((column) => [column, row[column]]));
    if (isNew || changed.length > 0)
      await recordAudit(client, {
        tenantId,
        actor: changedBy,
        action: isNew ? 'conversion_action.create' : 'conversion_action.change',
        subject: action,
        before: isNew ? null : valuesOf(before),
        after: valuesOf(after),
      });
    return toAction(after);
  });

/** Whether it was made. One at a time of a tenant, as `register_actions` does it: two must not pass the limit together. */
async function registerAction(client: pg.PoolClient, tenantId: number, action: string): Promise<boolean> {
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCKS.conversionActions, tenantId]);
  const { rowCount } = await client.query(
    `INSERT INTO conversion_actions (tenant_id, action)
     SELECT $1, $2 WHERE (SELECT count(*) FROM conversion_actions WHERE tenant_id = $1) < $3 ON CONFLICT DO NOTHING`,
    [tenantId, action, LIMITS.conversionActionsMax],
  );
  if (rowCount === 1) return true;
  if ((await findAction(client, tenantId, action)) === null)
    throw new Told(
      422,
      'too_many_actions',
      `There are ${LIMITS.conversionActionsMax} conversion actions already.`,
    );
  return false;
}

/** @throws Invalid when an amount is left without a currency */
function applyChange(row: ActionRow, { default_value: value, ...change }: ConversionActionChange): ActionRow {
  const after = { ...row };
  for (const column of EDITABLE)
    if (column !== 'default_value_micros' && change[column] !== undefined)
      Object.assign(after, { [column]: change[column] });
  if (value === null) after.default_value_micros = null;
  else if (value !== undefined) {
    const amount = readAmount(value);
    if ('error' in amount) throw new Invalid(amount.error, 'default_value');
    after.default_value_micros = String(amount.micros);
  }
  if (
    after.default_value_micros !== null &&
    after.default_value_micros !== '0' &&
    after.default_currency === null
  )
    throw new Invalid('Required with a default_value', 'default_currency');
  return after;
}
