import type { ClickHouseClient } from '@clickhouse/client';
import { QUERY_LIMITS } from '../client.js';
import { type KnownMarks, markSql } from './marks.js';

const HOUR_MS = 3_600_000;
const NONE = { clicks: 0, fraudClicks: 0, upto: 0 };
/** Folds come seconds apart. */
const TRIES_MAX = 5;

/** Counts the clicks of the last hour or two, by the hour rollup. A real aggregate: it fails when the engine is ill. */
export async function checkAnalytics(client: ClickHouseClient, nowMs: number): Promise<void> {
  const result = await client.query({
    query: `SELECT sum(clicks) AS clicks FROM clicks_by_hour
      WHERE dimensions = 0 AND bucket >= {from:DateTime('UTC')}`,
    query_params: { from: new Date(Math.floor(nowMs / HOUR_MS - 1) * HOUR_MS) },
    format: 'JSONEachRow',
    // Not as one of the reads: the embedded engine runs so many of those at once, and people's long ones must not look like an outage.
    clickhouse_settings: { ...QUERY_LIMITS, readonly: '0' },
  });
  await result.json();
}

export interface Totals {
  clicks: number;
  fraudClicks: number;
}

interface MonthTotals extends Totals {
  /** Changes with whatever is written to the month. */
  version: string;
  /** The newest chunk that it holds. */
  upto: number;
}

/**
 * All clicks and flagged clicks in analytics, by the hour rollup and the raw clicks that it lacks. A month is counted again only when something
 * was written to it: of years of history, one look reads the running month and the list of parts.
 */
export class AnalyticsTotals {
  #months = new Map<string, MonthTotals>();

  constructor(
    private readonly client: ClickHouseClient,
    private readonly marks: KnownMarks,
  ) {}

  async read(): Promise<Totals> {
    const { minutes: chunk } = await this.marks.now({ fresh: true });
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      const rollup = await this.#readRollup();
      const params = {};
      const newer = [...rollup.months].filter(([, upto]) => upto > chunk);
      const mark = markSql({ chunk, months: new Map(newer) }, 'toYYYYMM(clicked_at)', 'mark', params);
      const [raw] = await this.#ask<{ clicks: string; fraudClicks: string }>(
        `SELECT sum(sign) AS clicks, sumIf(sign, is_fraudulent = 1) AS fraudClicks FROM click_events
         WHERE chunk_id > {oldest:UInt64} AND chunk_id > ${mark}`,
        { ...params, oldest: chunk },
      );
      // Folded meanwhile, a click would be counted twice.
      const after = await this.#readRollup();
      if ([...after.months].every(([month, upto]) => upto === rollup.months.get(month)))
        return {
          clicks: rollup.clicks + Number(raw?.clicks),
          fraudClicks: rollup.fraudClicks + Number(raw?.fraudClicks),
        };
    }
    throw new Error('rollups were folded again and again while they were counted');
  }

  async #readRollup(): Promise<Totals & { months: Map<number, number> }> {
    // A merge leaves the newest block's number as it is; an insert, an exchange and a mutation do not.
    const parts = await this.#ask<{ month: string; version: string }>(
      `SELECT partition_id AS month, concat(toString(max(max_block_number)), ' ', toString(max(data_version))) AS version FROM system.parts
       WHERE database = currentDatabase() AND table = 'clicks_by_hour' AND active GROUP BY month`,
    );
    const changed = parts.filter(({ month, version }) => this.#months.get(month)?.version !== version);
    const counted = changed.length === 0 ? [] : await this.#count(changed.map(({ month }) => month));
    const months = new Map<string, MonthTotals>();
    const kept = new Set(parts.filter((part) => !changed.includes(part)).map(({ month }) => month));
    for (const { month, version } of parts) {
      // A month that changed and is not counted has no row any more.
      const known =
        (kept.has(month) ? this.#months.get(month) : counted.find((one) => one.month === month)) ?? NONE;
      const { clicks, fraudClicks, upto } = known;
      months.set(month, {
        version,
        clicks: Number(clicks),
        fraudClicks: Number(fraudClicks),
        upto: Number(upto),
      });
    }
    this.#months = months;
    const sum = { clicks: 0, fraudClicks: 0, months: new Map<number, number>() };
    for (const [month, { clicks, fraudClicks, upto }] of months) {
      sum.months.set(Number(month), upto);
      sum.clicks += clicks;
      sum.fraudClicks += fraudClicks;
    }
    return sum;
  }

  #count(
    months: readonly string[],
  ): Promise<{ month: string; clicks: string; fraudClicks: string; upto: string }[]> {
    return this.#ask(
      `SELECT _partition_id AS month, sum(clicks) AS clicks, sum(fraud) AS fraudClicks, max(hours.upto) AS upto FROM clicks_by_hour AS hours
       WHERE dimensions = 0 AND _partition_id IN {months:Array(String)} GROUP BY month`,
      { months },
    );
  }

  async #ask<T>(query: string, params: Record<string, unknown> = {}): Promise<T[]> {
    const result = await this.client.query({
      query,
      query_params: params,
      format: 'JSONEachRow',
      clickhouse_settings: QUERY_LIMITS,
    });
    return result.json<T>();
  }
}
