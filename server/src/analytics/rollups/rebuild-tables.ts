import type { ClickHouseClient } from '@clickhouse/client';
import { type ClickHouseTarget, DATABASE, openAnalytics } from '../client.js';
import { migrateAnalytics } from '../migrate.js';

/** Of one insert of a rebuild, which may be silent for long. */
const REQUEST_MS_MAX = 900_000;
const SCRATCH = `${DATABASE}_rebuild`;

/** A second set of all tables, empty, to be filled and put in the place of the first. */
export class RebuildTables {
  private constructor(
    /** Of the second set. */
    readonly client: ClickHouseClient,
    private readonly server: ClickHouseClient,
  ) {}

  /** Makes it; what an earlier one left behind is dropped. */
  static async make(target: ClickHouseTarget): Promise<RebuildTables> {
    const server = openAnalytics(target, 'default');
    const scratch = new RebuildTables(openAnalytics(target, SCRATCH, REQUEST_MS_MAX), server);
    await server.command({ query: `DROP DATABASE IF EXISTS ${SCRATCH} SYNC` });
    await migrateAnalytics(server, scratch.client, SCRATCH);
    return scratch;
  }

  /**
   * Puts its partitions of these months in the place of those that queries read, each in one step. A month that has no
   * rows here loses those that it has there; its days do in any case, and are folded again.
   *
   * @param months null: all that either side has
   * @param keep months that stay as they are
   * @returns the months that were exchanged
   */
  async takeOver(
    live: ClickHouseClient,
    months: readonly number[] | null,
    keep: readonly number[],
  ): Promise<number[]> {
    const result = await this.server.query({
      query: `SELECT table, partition, max(database = {scratch:String}) AS isFilled FROM (
          SELECT DISTINCT database, table, partition FROM system.parts
          WHERE database IN ({live:String}, {scratch:String}) AND active AND table NOT IN ('schema_migrations', 'dropped_months', 'day_folds', 'filled_by_views')
        ) GROUP BY table, partition ORDER BY table != 'click_events', table, partition`,
      query_params: { live: DATABASE, scratch: SCRATCH },
      format: 'JSONEachRow',
    });
    const rows = await result.json<{ table: string; partition: string; isFilled: number }>();
    const wanted = rows.filter(({ partition }) => {
      const month = Number(partition);
      return !keep.includes(month) && (months === null || months.includes(month));
    });
    for (const { table, partition, isFilled } of wanted)
      await live.command({
        query: isFilled
          ? `ALTER TABLE ${table} REPLACE PARTITION ${Number(partition)} FROM ${SCRATCH}.${table}`
          : `ALTER TABLE ${table} DROP PARTITION ${Number(partition)}`,
      });
    return [...new Set([...(months ?? []), ...wanted.map(({ partition }) => Number(partition))])]
      .filter((month) => !keep.includes(month))
      .sort((a, b) => a - b);
  }

  /** Throws it away. */
  async drop(): Promise<void> {
    try {
      await this.server.command({ query: `DROP DATABASE IF EXISTS ${SCRATCH} SYNC` });
    } finally {
      await this.client.close();
      await this.server.close();
    }
  }
}
