import type { ClickHouseClient } from '@clickhouse/client';
import { QUERY_LIMITS } from '../client.js';

export const DAY_MS = 86_400_000;
/** What is known of days may be so old. */
const KNOWN_MS = 1_000;
/** A bucket's `DateTime` ends in 2106. */
const SECONDS_MAX = 2 ** 32 - 1;

/** Whole days (of UTC), in milliseconds; the end is not included. */
interface Days {
  fromMs: number;
  toMs: number;
}

/** Whether a day may be read as such, by its start in milliseconds; else it is read from its hours. */
export type IsFolded = (dayMs: number) => boolean;
export const NONE_FOLDED: IsFolded = () => false;

/** What was known of days when it was asked for. */
export interface KnownDays {
  readonly isFolded: IsFolded;
  /**
   * Whether no month of `clicks_by_day` was exchanged or dropped since then. Asked after an answer was read: if not, that answer may
   * lack days.
   */
  holds(): Promise<boolean>;
}
const NO_DAYS: KnownDays = { isFolded: NONE_FOLDED, holds: () => Promise.resolve(true) };

/**
 * Which days `clicks_by_day` has. A day is taken for folded when a fold of it was begun, so that whatever its hours get from then on it gets
 * too, and its clicks, flags and costs are those of its hours: no mark alone can be wrong, whatever was killed, done twice or half. An empty
 * day has what its hours have, and may have less a moment later.
 */
export class FoldedDays {
  readonly #known = new Map<string, { askedAt: number; days: Promise<KnownDays> }>();

  constructor(private readonly client: ClickHouseClient) {}

  /** For a tenant and a range; a range without a whole day costs no question. */
  within(tenantId: number, fromMs: number, toMs: number): Promise<KnownDays> {
    const days = { fromMs: Math.ceil(fromMs / DAY_MS) * DAY_MS, toMs: Math.floor(toMs / DAY_MS) * DAY_MS };
    if (days.fromMs >= days.toMs) return Promise.resolve(NO_DAYS);
    const now = performance.now();
    const key = `${tenantId} ${days.fromMs} ${days.toMs}`;
    const known = this.#known.get(key);
    if (known && now - known.askedAt < KNOWN_MS) return known.days;
    for (const [other, { askedAt }] of this.#known) if (now - askedAt >= KNOWN_MS) this.#known.delete(other);
    const asked = this.#ask(tenantId, days);
    this.#known.set(key, { askedAt: now, days: asked });
    asked.catch(() => this.#known.delete(key));
    return asked;
  }

  async #ask(tenantId: number, days: Days): Promise<KnownDays> {
    // Before the days: what is exchanged from here on is seen by `holds`.
    const before = await monthsOfDays(this.client);
    const begun = new Set(await begunDays(this.client, days));
    const unfolded = new Set(await unfoldedDays(this.client, days, tenantId));
    return {
      isFolded: (dayMs) => begun.has(dayMs) && !unfolded.has(dayMs),
      holds: async () => (await monthsOfDays(this.client)) === before,
    };
  }
}

/**
 * The months of `clicks_by_day`, each with the number of its first block. Inserts, merges and folds leave it as it is, but for the
 * first fold of a month; an exchange or a drop, by whichever node, changes it.
 */
async function monthsOfDays(client: ClickHouseClient): Promise<string> {
  const result = await client.query({
    query: `SELECT toString(arraySort(groupArray((partition, block)))) AS months FROM (
        SELECT partition, min(min_block_number) AS block FROM system.parts
        WHERE database = currentDatabase() AND table = 'clicks_by_day' AND active AND rows > 0 GROUP BY partition
      )`,
    format: 'JSONEachRow',
    clickhouse_settings: QUERY_LIMITS,
  });
  return (await result.json<{ months: string }>())[0]?.months ?? '';
}

/** The days that a fold was begun of. */
export async function begunDays(client: ClickHouseClient, { fromMs, toMs }: Days): Promise<number[]> {
  const result = await client.query({
    query: `SELECT DISTINCT toUnixTimestamp(day) AS seconds FROM day_folds
      WHERE day >= toDateTime({from:UInt32}, 'UTC') AND day < toDateTime({to:UInt32}, 'UTC')`,
    query_params: { from: Math.min(fromMs / 1_000, SECONDS_MAX), to: Math.min(toMs / 1_000, SECONDS_MAX) },
    format: 'JSONEachRow',
    clickhouse_settings: QUERY_LIMITS,
  });
  return (await result.json<{ seconds: number }>()).map(({ seconds }) => seconds * 1_000);
}

/** The days that have not what their hours have, oldest first, in milliseconds; without a tenant, for any tenant. */
export async function unfoldedDays(
  client: ClickHouseClient,
  { fromMs, toMs }: Days,
  tenantId?: number,
): Promise<number[]> {
  const where = `${tenantId === undefined ? '' : 'tenant_id = {tenant:UInt32} AND '}dimensions = 0
    AND bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')`;
  const result = await client.query({
    query: `SELECT DISTINCT toUnixTimestamp(day) AS seconds FROM (
        SELECT tenant_id, toStartOfDay(bucket) AS day, clicks AS n, fraud AS f, cost_micros AS c, without_visitor AS w FROM clicks_by_hour WHERE ${where}
        UNION ALL
        SELECT tenant_id, bucket AS day, -clicks AS n, -fraud AS f, -cost_micros AS c, -without_visitor AS w FROM clicks_by_day WHERE ${where}
      ) GROUP BY tenant_id, day HAVING sum(n) != 0 OR sum(f) != 0 OR sum(c) != 0 OR sum(w) != 0 ORDER BY seconds`,
    query_params: {
      ...(tenantId === undefined ? {} : { tenant: tenantId }),
      from: Math.min(fromMs / 1_000, SECONDS_MAX),
      to: Math.min(toMs / 1_000, SECONDS_MAX),
    },
    format: 'JSONEachRow',
    clickhouse_settings: QUERY_LIMITS,
  });
  return (await result.json<{ seconds: number }>()).map(({ seconds }) => seconds * 1_000);
}
