import { closeMonth, readMonth } from '../ledger/billing-periods.js';
import { makeStatements } from './make-statements.js';
import { type BillingParts, mayClose, readCalendar } from './months.js';

/** Why a month can not be closed now. */
export class NotClosable extends Error {
  override name = 'NotClosable';
}

/**
 * Closes a month and makes its statements; one that is closed stays as it is. A closing that broke off in between is finished.
 *
 * @returns whether this call did anything
 * @throws NotClosable
 */
export async function closePeriod(
  parts: BillingParts,
  tenantId: number,
  period: string,
  closedBy: string,
): Promise<boolean> {
  const calendar = await readCalendar(parts, tenantId);
  const { settings, closed, running } = calendar;
  const own = closed.find((month) => month.period === period);
  if (own?.totals) return false;
  if (!own) {
    if (period >= running) throw new NotClosable(`${period} has not ended yet.`);
    const [last] = closed;
    if (!mayClose(calendar, period))
      throw new NotClosable(`Months are closed in order. The last closed month is ${last?.period}.`);
    const month = await readMonth(parts.pool, period, settings.billing_zone);
    await closeMonth(parts.pool, tenantId, month, {
      ...{ timeZone: settings.billing_zone, currency: settings.currency, closedBy },
    });
  }
  const [month] = (await readCalendar(parts, tenantId)).closed.filter((one) => one.period === period);
  if (month) await makeStatements(parts.pool, tenantId, month);
  return true;
}
