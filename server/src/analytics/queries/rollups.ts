import type { ClickHouseClient } from '@clickhouse/client';
import type { AggregateSource } from '@clickledger/contract';
import { QUERY_LIMITS } from '../client.js';
import { bucketsIn, type MarkOf, type Plan, readsOf } from './aggregate-sql.js';
import type { FoldedDays } from './folded-days.js';
import { isOfPair } from './groupings.js';
import { KnownMarks, type Mark } from './marks.js';

/** Folds come seconds apart, a question takes milliseconds: no question meets so many of them. */
const TRIES_MAX = 10;

/** What queries know of the rollups: which days may be read as such, and how far each is folded. */
export class Rollups {
  /** @param days null: no day is read as such, but from its hours */
  constructor(
    readonly days: FoldedDays | null,
    readonly marks: KnownMarks,
  ) {}

  /** @param readMarks asks the ledger how far rollups are folded */
  static from(
    readMarks: ConstructorParameters<typeof KnownMarks>[0],
    days: FoldedDays | null = null,
  ): Rollups {
    return new Rollups(days, new KnownMarks(readMarks));
  }

  withoutDays(): Rollups {
    return new Rollups(null, this.marks);
  }

  /**
   * Reads with the marks that hold, until no fold has come in meanwhile: rollups up to their marks and the raw clicks of the chunks after
   * them are then each click once.
   *
   * @param read says whether it met rollup rows that are newer than their marks
   */
  async readExactly<T extends { isNewer: boolean }>(
    client: ClickHouseClient,
    tenantId: number,
    plan: Plan,
    read: (markOf: MarkOf) => Promise<T>,
  ): Promise<T> {
    const rollup = plan.mask !== undefined && isOfPair(plan.mask) ? 'pairs' : 'minutes';
    let chunk = (await this.marks.now())[rollup];
    let months = NO_MONTHS;
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      const found = await read((source) => ({ chunk, months: months.get(source) ?? NONE }));
      if (!found.isNewer) return found;
      const newer = (await this.marks.now({ fresh: true }))[rollup];
      // A fold that has come in, and of which the ledger does not know: each partition has it or not.
      months = newer > chunk ? NO_MONTHS : await newerMonths(client, tenantId, plan, chunk);
      chunk = newer;
    }
    throw new Error('rollups were folded anew again and again while they were read');
  }
}

const NONE: Mark['months'] = new Map();
const NO_MONTHS: ReadonlyMap<AggregateSource, Mark['months']> = new Map();

/** The months of each rollup that hold newer chunks than this one, and which. */
async function newerMonths(
  client: ClickHouseClient,
  tenantId: number,
  plan: Plan,
  chunk: number,
): Promise<ReadonlyMap<AggregateSource, Mark['months']>> {
  const found = new Map<AggregateSource, Map<number, number>>();
  for (const read of readsOf(plan).filter(({ source }) => source !== 'click_events')) {
    const params: Record<string, unknown> = { tenant: tenantId, mask: plan.mask, chunk };
    const result = await client.query({
      query: `SELECT toYYYYMM(bucket) AS month, toInt64(max(events.upto)) AS newest FROM ${read.source} AS events
        PREWHERE tenant_id = {tenant:UInt32} AND dimensions = {mask:UInt8} AND ${bucketsIn(read, params)}
        GROUP BY month HAVING newest > {chunk:UInt64}`,
      query_params: params,
      format: 'JSONEachRow',
      clickhouse_settings: { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 },
    });
    const rows = await result.json<{ month: number; newest: number }>();
    found.set(read.source, new Map(rows.map(({ month, newest }) => [month, newest])));
  }
  return found;
}
