import { LOCKS, lockTransaction } from '../lib/locks.js';
import { Invalid, Told } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';
import { closeMonth, readMonth } from './billing-periods.js';
import { makeStatements } from './make-statements.js';
import { type BillingParts, firstMonth, mayClose, readCalendar } from './months.js';

/** Why a month can not be closed now. */
export class NotClosable extends Told {
  constructor(why: string) {
    super(409, 'not_closable', why);
  }
}

/**
 * Closes a month and makes its statements; one that is closed stays as it is. A closing that broke off in between is finished.
 *
 * @returns whether this call did anything
 * @throws NotClosable; Invalid for a first month of which there can be no clicks: months follow one another, so a slip of the pen
 *   could never be made good, and all clicks since then would be kept for it
 */
export async function closePeriod(
  parts: BillingParts,
  tenantId: number,
  period: string,
  closedBy: string,
): Promise<boolean> {
  await fixMonth(parts, tenantId, period, closedBy);
  const { closed } = await readCalendar(parts, tenantId);
  const month = closed.find((one) => one.period === period);
  if (!month || month.totals) return false;
  await makeStatements(parts.pool, tenantId, month);
  return true;
}

/**
 * Under one lock with every other closing and change of settings of the account: the zone and currency that are read here are those
 * that the month is closed in, and fixed from then on.
 */
function fixMonth(
  { pool, analytics, now }: BillingParts,
  tenantId: number,
  period: string,
  closedBy: string,
): Promise<void> {
  return inTransaction(pool, async (client) => {
    await lockTransaction(client, LOCKS.billing, tenantId);
    const calendar = await readCalendar({ pool: client, now }, tenantId);
    const { settings, closed, running } = calendar;
    if (closed.some((month) => month.period === period)) return;
    if (period >= running) throw new NotClosable(`${period} has not ended yet.`);
    if (!mayClose(calendar, period))
      throw new NotClosable(`Months are closed in order. The last closed month is ${closed[0]?.period}.`);
    if (closed.length === 0) {
      const first = await firstMonth(analytics, calendar, tenantId);
      if (period < first) throw new Invalid(`The account has no clicks before ${first}.`, 'period');
    }
    const { billing_zone: timeZone, currency } = settings;
    const month = await readMonth(client, period, timeZone);
    await closeMonth(client, tenantId, month, { timeZone, currency, closedBy });
  });
}
