import type { ClickHouseClient } from '@clickhouse/client';
import { QUERY_LIMITS } from './client.js';

export const DAY_MS = 86_400_000;
/** What is known of folded days may be so old: one that is not known yet is read from its hours. */
const KNOWN_MS = 10_000;
const NONE: ReadonlySet<number> = new Set();

/** Which days (of UTC) queries may read, as the engine says. They only become more, so that an answer from memory is never wrong. */
export class FoldedDays {
  #known: Promise<ReadonlySet<number>> | null = null;
  #askedAt = 0;

  constructor(private readonly client: ClickHouseClient) {}

  /** The starts of folded days, in milliseconds; of a range without a whole day none, and at no cost. */
  async within(fromMs: number, toMs: number): Promise<ReadonlySet<number>> {
    return Math.ceil(fromMs / DAY_MS) < Math.floor(toMs / DAY_MS) ? this.#ask() : NONE;
  }

  #ask(): Promise<ReadonlySet<number>> {
    const now = performance.now();
    if (this.#known && now - this.#askedAt < KNOWN_MS) return this.#known;
    this.#askedAt = now;
    const asked = readFolded(this.client);
    this.#known = asked;
    asked.catch(() => {
      if (this.#known === asked) this.#known = null;
    });
    return asked;
  }
}

/** The starts of all days that are done, in milliseconds. */
export const readFolded = (client: ClickHouseClient) => readDays(client, ['done']);

/** Those of all days that late rows go into: done, or only begun. */
export const readMarked = (client: ClickHouseClient) => readDays(client, ['begun', 'done']);

async function readDays(client: ClickHouseClient, steps: readonly string[]): Promise<Set<number>> {
  const result = await client.query({
    query: `SELECT DISTINCT toUnixTimestamp(day) AS seconds FROM day_folds WHERE toString(step) IN {steps:Array(String)}`,
    query_params: { steps },
    format: 'JSONEachRow',
    clickhouse_settings: QUERY_LIMITS,
  });
  return new Set((await result.json<{ seconds: number }>()).map((row) => row.seconds * 1_000));
}
