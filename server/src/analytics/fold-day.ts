import type { ClickHouseClient } from '@clickhouse/client';
import { type ClickHouseTarget, DATABASE, openAnalytics, QUERY_LIMITS } from './client.js';
import { monthOf } from './dropped-months.js';
import { DAY_MS, readFolded, readMarked } from './folded-days.js';

/** Tables of a fold under way. */
const FOLD = `${DATABASE}_fold`;
const FILL_MS_MAX = 900_000;
const GROUPS = 'device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason';
/** Hours come in the order of the groups: a group is finished before the next begins, and memory stays small. */
const FILL_SETTINGS = {
  optimize_aggregation_in_order: 1,
  max_threads: 1,
  max_insert_threads: '1',
  // By rows, of up to 12 KB each: the engine counts a sketch as a pointer.
  max_block_size: '256',
  aggregation_in_order_max_block_bytes: '4000000',
  min_insert_block_size_rows: '4096',
  min_insert_block_size_bytes: '0',
  max_memory_usage: '500000000',
  max_execution_time: FILL_MS_MAX / 1_000,
} as const;
const READ_SETTINGS = { ...QUERY_LIMITS, max_execution_time: 30, max_memory_usage: '1000000000' } as const;

/** The starts of the days with clicks, oldest first, in milliseconds. */
async function daysWithClicks(client: ClickHouseClient): Promise<number[]> {
  const result = await client.query({
    query: `SELECT DISTINCT toUnixTimestamp(toStartOfDay(bucket)) AS seconds FROM clicks_by_hour WHERE dimensions = 0 ORDER BY seconds`,
    format: 'JSONEachRow',
    clickhouse_settings: QUERY_LIMITS,
  });
  return (await result.json<{ seconds: number }>()).map(({ seconds }) => seconds * 1_000);
}

/** The start of the oldest day with clicks that ended before `beforeMs` and is not folded; null when there is none. */
export async function nextDay(client: ClickHouseClient, beforeMs: number): Promise<number | null> {
  const [days, folded] = await Promise.all([daysWithClicks(client), readFolded(client)]);
  return days.find((day) => day + DAY_MS <= beforeMs && !folded.has(day)) ?? null;
}

/**
 * Days without clicks between folded ones count as folded, so that a long range is not cut in pieces by them. Only right while
 * nothing is inserted.
 */
export async function foldEmptyDays(client: ClickHouseClient): Promise<void> {
  const [days, marked] = await Promise.all([daysWithClicks(client), readMarked(client)]);
  const known = new Set([...days, ...marked]);
  const folded = [...(await readFolded(client))].sort((x, y) => x - y);
  const seconds: number[] = [];
  for (let day = folded[0] ?? 0; day < (folded.at(-1) ?? 0); day += DAY_MS)
    if (!known.has(day)) seconds.push(day / 1_000);
  if (seconds.length === 0) return;
  await client.command({
    query: `INSERT INTO day_folds (day, step) SELECT toDateTime(arrayJoin({seconds:Array(UInt32)}), 'UTC'), 'done'`,
    query_params: { seconds },
  });
}

/**
 * One day on its way from its hours to `clicks_by_day`:
 *
 *     begin: late rows pass from now on, the hours as they are now are put aside ─▶ fill, at leisure ─▶ finish: what was filled is added
 *
 * `begin` and `finish` want that nothing is inserted meanwhile, and cost little more than links to files. A crash at any point
 * leaves a day that is begun and that nobody reads; beginning it again deletes what it has.
 */
export class FoldOfDay {
  private constructor(
    readonly dayMs: number,
    /** Of the database that folds have. */
    private readonly fold: ClickHouseClient,
    private readonly live: ClickHouseClient,
    private readonly server: ClickHouseClient,
  ) {}

  static async begin(target: ClickHouseTarget, live: ClickHouseClient, dayMs: number): Promise<FoldOfDay> {
    const server = openAnalytics(target, 'default');
    const fold = new FoldOfDay(dayMs, openAnalytics(target, FOLD, FILL_MS_MAX), live, server);
    try {
      // Not SYNC: another relay, gone since, may still be filling what it begun, and nobody shall wait for that.
      await server.command({ query: `DROP DATABASE IF EXISTS ${FOLD}` });
      await server.command({ query: `CREATE DATABASE ${FOLD}` });
      await fold.#deleteRemains();
      await fold.#mark('begun');
      await server.command({ query: `CREATE TABLE ${FOLD}.hours AS ${DATABASE}.clicks_by_hour` });
      await server.command({ query: `SYSTEM STOP MERGES ${FOLD}.hours` });
      await server.command({
        query: `ALTER TABLE ${FOLD}.hours ATTACH PARTITION ${monthOf(dayMs)} FROM ${DATABASE}.clicks_by_hour`,
      });
      await server.command({ query: `CREATE TABLE ${FOLD}.day AS ${DATABASE}.clicks_by_day` });
      // On disk before it is marked as done: nobody sends a day again. A merge would not be.
      await server.command({
        query: `ALTER TABLE ${FOLD}.day MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1`,
      });
      await server.command({ query: `SYSTEM STOP MERGES ${FOLD}.day` });
      return fold;
    } catch (error) {
      await fold.close({ wait: false });
      throw error;
    }
  }

  /** Merges the hours that were put aside. */
  async fill(signal?: AbortSignal): Promise<void> {
    await this.fold.command({
      query: `INSERT INTO day (tenant_id, dimensions, bucket, ${GROUPS}, clicks, fraud, cost_micros, users)
        SELECT tenant_id, dimensions, toDateTime(toStartOfDay(bucket), 'UTC'), ${GROUPS}, sum(clicks), sum(fraud), sum(cost_micros),
          uniqCombined64MergeState(14)(users)
        FROM hours WHERE bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
        GROUP BY tenant_id, dimensions, toStartOfDay(bucket), ${GROUPS}`,
      query_params: this.#times(),
      clickhouse_settings: FILL_SETTINGS,
      ...(signal ? { abort_signal: signal } : {}),
    });
  }

  /** Adds what was filled to what came late, when both together are what the hours have now. @returns whether they are */
  async finish(): Promise<boolean> {
    // Another relay may have done it meanwhile.
    if ((await readFolded(this.live)).has(this.dayMs) || !(await this.#isWhole())) return false;
    await this.live.command({
      query: `ALTER TABLE clicks_by_day ATTACH PARTITION ${monthOf(this.dayMs)} FROM ${FOLD}.day`,
    });
    await this.#mark('done');
    return true;
  }

  /** Throws away what is left of it; with `wait`, files and all, once nobody reads them. */
  async close({ wait }: { wait: boolean }): Promise<void> {
    try {
      await this.server.command({ query: `DROP DATABASE IF EXISTS ${FOLD} ${wait ? 'SYNC' : ''}` });
    } finally {
      await this.fold.close();
      await this.server.close();
    }
  }

  /** What a fold that was not finished has left in the day, or what came late since. Rewrites the month's parts that have some. */
  async #deleteRemains(): Promise<void> {
    const result = await this.live.query({
      query: `SELECT 1 FROM clicks_by_day WHERE dimensions = 0 AND bucket = toDateTime({from:UInt32}, 'UTC') LIMIT 1`,
      query_params: this.#times(),
      format: 'JSONEachRow',
      clickhouse_settings: READ_SETTINGS,
    });
    if ((await result.json()).length === 0) return;
    await this.live.command({
      query: `ALTER TABLE clicks_by_day DELETE IN PARTITION ${monthOf(this.dayMs)} WHERE bucket = toDateTime({from:UInt32}, 'UTC')`,
      query_params: this.#times(),
      clickhouse_settings: { mutations_sync: '1', max_execution_time: FILL_MS_MAX / 1_000 },
    });
  }

  async #mark(step: 'begun' | 'done'): Promise<void> {
    await this.live.command({
      query: `INSERT INTO day_folds (day, step) SELECT toDateTime({from:UInt32}, 'UTC') AS d, {step:String} AS s
        WHERE (d, s) NOT IN (SELECT day, toString(step) FROM day_folds)`,
      query_params: { ...this.#times(), step },
    });
  }

  /** Whether every tenant and grouping has the same clicks, flags and costs, by the hours and by the day. */
  async #isWhole(): Promise<boolean> {
    const sums = (table: string, sign: 1 | -1) =>
      `SELECT tenant_id, dimensions, ${sign} * clicks AS n, ${sign} * fraud AS f, ${sign} * cost_micros AS c FROM ${table}
       WHERE bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')`;
    const result = await this.live.query({
      query: `SELECT tenant_id FROM (${sums('clicks_by_hour', 1)} UNION ALL ${sums('clicks_by_day', -1)} UNION ALL ${sums(`${FOLD}.day`, -1)})
        GROUP BY tenant_id, dimensions HAVING sum(n) != 0 OR sum(f) != 0 OR sum(c) != 0 LIMIT 1`,
      query_params: this.#times(),
      format: 'JSONEachRow',
      clickhouse_settings: READ_SETTINGS,
    });
    return (await result.json()).length === 0;
  }

  #times() {
    return { from: this.dayMs / 1_000, to: (this.dayMs + DAY_MS) / 1_000 };
  }
}
