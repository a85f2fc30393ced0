import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { Counter, type Registry } from 'prom-client';
import { dropRawMonth, passedMonths } from '../analytics/rollups/dropped-months.js';
import { readMarks } from '../ledger/folds.js';
import { readWatermark } from '../ledger/retention.js';
import type { Background } from '../lib/background.js';
import type { Log } from '../lib/log.js';
import type { Rebuild } from './rebuild.js';

const INTERVAL_MS = 3_600_000;
const DAY_MS = 86_400_000;
const TASK = { name: 'raw click retention', failure: 'raw clicks could not be dropped; it is tried again' };

/**
 * Drops raw clicks from analytics a month at a time, once the month is as old as retention says and the ledger has dropped every
 * chunk that brought clicks of it. Rollups stay for good.
 *
 * It has its turns between two chunks of the relay: nothing is inserted meanwhile.
 */
export class RawRetention {
  #nextAt = 0;
  readonly #dropped: Counter;

  constructor(
    private readonly parts: {
      client: ClickHouseClient;
      rebuild: Rebuild;
      retentionDays: number;
      now: () => number;
      registry: Registry;
      background: Background;
      log: Log;
    },
  ) {
    this.#dropped = new Counter({
      name: 'clickledger_raw_months_dropped_total',
      help: 'Months whose raw clicks retention has dropped from analytics.',
      registers: [parts.registry],
    });
  }

  /** Looks for months to drop, when it is time again. A failure is logged; it is tried again. */
  async turn(session: pg.Client): Promise<void> {
    if (performance.now() < this.#nextAt || this.parts.rebuild.isRunning) return;
    this.#nextAt = performance.now() + INTERVAL_MS;
    const { client, retentionDays, now, background, log } = this.parts;
    await background.run(TASK, async () => {
      const beforeMs = now() - retentionDays * DAY_MS;
      const months = await dropPassedMonths(session, client, beforeMs);
      this.#dropped.inc(months.length);
      if (months.length > 0) log.info({ months }, 'retention dropped the raw clicks of these months');
    });
  }
}

/** Drops the raw clicks of months that ended before `beforeMs` and that the ledger has dropped too. Returns the months. */
export async function dropPassedMonths(
  session: pg.ClientBase,
  client: ClickHouseClient,
  beforeMs: number,
): Promise<number[]> {
  const { droppedThroughChunk } = await readWatermark(session);
  const marks = await readMarks(session);
  // What no rollup has yet is nowhere else.
  if (droppedThroughChunk === 0 || !marks || droppedThroughChunk > Math.min(marks.minutes, marks.pairs))
    return [];
  const months = await passedMonths(client, { beforeMs, droppedThroughChunk });
  for (const month of months) await dropRawMonth(client, month);
  return months;
}
