import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { type ClickHouseTarget, DATABASE, openAnalytics } from '../client.js';
import { DAY_MS } from '../queries/folded-days.js';
import { monthOf } from './dropped-months.js';

/** Of the database of a fold's own tables. */
const PREFIX = `${DATABASE}_fold_`;
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

/**
 * One day on its way from its hours to `clicks_by_day`:
 *
 *     begin: late rows pass from now on, hours and day as they are now are put aside ─▶ fill, at leisure ─▶ finish: what was filled is added
 *
 * `begin` and `finish` want that nothing is inserted meanwhile, and cost no more than links to files. Whatever goes wrong, a crash,
 * or two relays of which one does not know that it has lost its lock, leaves a day that has not what its hours have: it is read from
 * those, and folded again.
 */
export class FoldOfDay {
  private constructor(
    readonly dayMs: number,
    private readonly name: string,
    /** Of the fold's own database. */
    private readonly own: ClickHouseClient,
    private readonly live: ClickHouseClient,
    private readonly server: ClickHouseClient,
  ) {}

  static async begin(target: ClickHouseTarget, live: ClickHouseClient, dayMs: number): Promise<FoldOfDay> {
    const name = PREFIX + randomUUID().replaceAll('-', '');
    const server = openAnalytics(target, 'default');
    const fold = new FoldOfDay(dayMs, name, openAnalytics(target, name, FILL_MS_MAX), live, server);
    try {
      await dropOthers(server);
      await live.command({
        query: `INSERT INTO day_folds (day) SELECT toDateTime({from:UInt32}, 'UTC') AS d WHERE d NOT IN (SELECT day FROM day_folds)`,
        query_params: { from: dayMs / 1_000 },
      });
      await server.command({ query: `CREATE DATABASE ${name}` });
      for (const table of ['clicks_by_hour', 'clicks_by_day']) {
        await server.command({ query: `CREATE TABLE ${name}.${table} AS ${DATABASE}.${table}` });
        await server.command({ query: `SYSTEM STOP MERGES ${name}.${table}` });
        await server.command({
          query: `ALTER TABLE ${name}.${table} ATTACH PARTITION ${monthOf(dayMs)} FROM ${DATABASE}.${table}`,
        });
      }
      await server.command({ query: `CREATE TABLE ${name}.day AS ${DATABASE}.clicks_by_day` });
      return fold;
    } catch (error) {
      await fold.close({ wait: false });
      throw error;
    }
  }

  /** Merges the hours that were put aside, and takes off what the day had at that moment: nothing, unless it was folded before. */
  async fill(signal?: AbortSignal): Promise<void> {
    await this.#add(
      'clicks_by_hour',
      `toDateTime(toStartOfDay(bucket), 'UTC')`,
      '',
      'toStartOfDay(bucket)',
      signal,
    );
    await this.#add('clicks_by_day', 'bucket', '-', 'bucket', signal);
  }

  async #add(
    table: string,
    day: string,
    sign: '' | '-',
    groupedBy: string,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    await this.own.command({
      query: `INSERT INTO day (tenant_id, dimensions, bucket, ${GROUPS}, clicks, fraud, cost_micros, without_visitor, users, upto)
        SELECT tenant_id, dimensions, ${day}, ${GROUPS}, ${sign}sum(clicks), ${sign}sum(fraud), ${sign}sum(cost_micros), ${sign}sum(without_visitor),
          uniqCombined64MergeState(14)(users), max(hours.upto)
        FROM ${table} AS hours WHERE bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC')
        GROUP BY tenant_id, dimensions, ${groupedBy}, ${GROUPS}`,
      query_params: { from: this.dayMs / 1_000, to: (this.dayMs + DAY_MS) / 1_000 },
      clickhouse_settings: FILL_SETTINGS,
      ...(signal ? { abort_signal: signal } : {}),
    });
  }

  /** Adds what was filled to what came late. */
  async finish(): Promise<void> {
    await this.live.command({
      query: `ALTER TABLE clicks_by_day ATTACH PARTITION ${monthOf(this.dayMs)} FROM ${this.name}.day`,
    });
  }

  /** Throws away what is left of it; with `wait`, files and all, once nobody reads them. */
  async close({ wait }: { wait: boolean }): Promise<void> {
    try {
      await this.server.command({ query: `DROP DATABASE IF EXISTS ${this.name} ${wait ? 'SYNC' : ''}` });
    } finally {
      await this.own.close();
      await this.server.close();
    }
  }
}

/** What folds that were never closed have left. Not SYNC: one may still be filled, and nobody shall wait for that. */
async function dropOthers(server: ClickHouseClient): Promise<void> {
  const result = await server.query({
    query: 'SELECT name FROM system.databases WHERE startsWith(name, {prefix:String})',
    query_params: { prefix: PREFIX },
    format: 'JSONEachRow',
  });
  for (const { name } of await result.json<{ name: string }>())
    if (/^\w+$/.test(name)) await server.command({ query: `DROP DATABASE IF EXISTS ${name}` });
}
