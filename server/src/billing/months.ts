import type { ClickHouseClient } from '@clickhouse/client';
import type { BillingPeriod, SettingsReply } from '@clickledger/contract';
import type pg from 'pg';
import { readSettings } from '../accounts/account-settings.js';
import type { Database } from '../lib/sql.js';
import { Told } from '../lib/told.js';
import { firstClickMs } from './billed-so-far.js';
import { type ClosedMonth, listClosedMonths, type Month, readKept, readMonth } from './billing-periods.js';

/** Open months that are listed: as many before the running one. */
const OPEN_MONTHS_MAX = 36;

/** What an open month says is asked of analytics, and this process has none: it does not play the role `query`. */
export class NoAnalytics extends Told {
  constructor() {
    const why = 'This node does not play the role query, which open months are read with. Ask another node.';
    super(503, 'no_analytics', why);
  }
}

export interface BillingParts {
  pool: pg.Pool;
  /** Null in a process that answers no queries. */
  analytics: ClickHouseClient | null;
  now: () => number;
}

/** An account's months as they stand. */
export interface Calendar {
  settings: SettingsReply;
  /** Newest first. */
  closed: ClosedMonth[];
  /** The running month in the account's zone. */
  running: string;
  /** When the account was made, in milliseconds since 1970. */
  createdMs: number;
  /** Months that began before have lost clicks to retention. */
  wholeFromMs: number;
}

/** `2026-12` is followed by `2027-01`. */
export function monthAfter(period: string, months = 1): string {
  const [year = 0, month = 1] = period.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 7);
}

/** The month that a moment lies in. */
export function monthAt(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit' }).formatToParts(
    ms,
  );
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}`;
}

export async function readCalendar(
  { pool, now }: { pool: Database; now: () => number },
  tenantId: number,
): Promise<Calendar> {
  const settings = await readSettings(pool, tenantId);
  return {
    settings,
    closed: await listClosedMonths(pool, tenantId),
    running: monthAt(now(), settings.billing_zone),
    ...(await readKept(pool, tenantId)),
  };
}

/**
 * The first month that can be closed: of the first click or, before there are clicks of an earlier time, of the account's creation. A
 * process without analytics can't tell the first click, and takes it to be three years before the account at most.
 */
export async function firstMonth(
  analytics: ClickHouseClient | null,
  { settings, createdMs }: Calendar,
  tenantId: number,
): Promise<string> {
  const created = monthAt(createdMs, settings.billing_zone);
  if (!analytics) return monthAfter(created, -OPEN_MONTHS_MAX);
  const firstMs = await firstClickMs(analytics, tenantId);
  return firstMs === null || firstMs > createdMs ? created : monthAt(firstMs, settings.billing_zone);
}

/** Whether a month is the next to be closed: the first may be any that is over, then one follows the other. */
export const mayClose = ({ closed, running }: Calendar, period: string): boolean =>
  period < running && (closed[0] === undefined || period === monthAfter(closed[0].period));

/** A month as the API has it. */
export async function describe(pool: pg.Pool, calendar: Calendar, period: string): Promise<BillingPeriod> {
  const { settings, closed, running } = calendar;
  const own = closed.find((month) => month.period === period);
  const month: Month = own ?? (await readMonth(pool, period, settings.billing_zone));
  return {
    period,
    from_time: month.fromTime,
    to_time: month.toTime,
    state: own ? 'closed' : period < running ? 'open' : 'running',
    // One whose statements were not made yet, since the server died, is closed again.
    may_close: own ? own.totals === null : mayClose(calendar, period),
    closed_at: own?.closedAt ?? null,
    closed_by: own?.closedBy ?? null,
    statements: own?.statements ?? null,
    totals: own?.totals ?? null,
    currency: own?.currency ?? settings.currency,
    time_zone: own?.timeZone ?? settings.billing_zone,
    is_whole: Date.parse(month.fromTime) >= calendar.wholeFromMs,
  };
}

/**
 * The closed months, those that could be, and the running one; newest first.
 *
 * @throws NoAnalytics when none is closed: analytics alone knows then where they begin
 */
export async function listMonths(parts: BillingParts, tenantId: number): Promise<BillingPeriod[]> {
  const calendar = await readCalendar(parts, tenantId);
  const { closed, running, settings } = calendar;
  const periods = closed.map(({ period }) => period);
  const [last] = periods;
  if (!last && !parts.analytics) throw new NoAnalytics();
  const firstMs = parts.analytics && !last ? await firstClickMs(parts.analytics, tenantId) : null;
  const oldest = monthAfter(running, -OPEN_MONTHS_MAX);
  const first = last
    ? monthAfter(last)
    : firstMs === null
      ? running
      : monthAt(firstMs, settings.billing_zone);
  const open: string[] = [];
  for (let period = first; period <= running; period = monthAfter(period))
    if (period >= oldest) open.unshift(period);
  return Promise.all([...open, ...periods].map((period) => describe(parts.pool, calendar, period)));
}
