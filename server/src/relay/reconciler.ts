import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { Counter, type Registry } from 'prom-client';
import { countRawMinutes, findRollupDifferences } from '../analytics/minute-counts.js';
import { Backoff } from '../backoff.js';
import {
  chunksAfter,
  countChunkMinutes,
  type Difference,
  type MinuteCount,
  markChecked,
  markRepaired,
  noteDifferences,
  openMonths,
  uncheckedChunks,
} from '../ledger/reconciliation.js';
import { type Log, messageOf } from '../log.js';
import type { Rebuild } from './rebuild.js';

/** Chunks compared in one turn. */
const CHUNKS_MAX = 20;
/** Turns begin no sooner after each other than this, … */
const INTERVAL_MS_MIN = 2_000;
/** … take no larger share of the time, so that reconciliation may always run, … */
const TIME_SHARE = 0.02;
/** … unless the machine is so busy that they would hardly ever come. */
const INTERVAL_MS_MAX = 10_000;
/** Pauses between two repairs of one month. */
const REPAIR_MS_MIN = 1_000;
const REPAIR_MS_MAX = 3_600_000;

/**
 * Compares what the ledger and analytics have: each chunk soon after its delivery, and all chunks over and over in a slow
 * sweep. What differs is noted and counted, and its month is made anew from the ledger.
 *
 * It has its turns between two chunks of the relay, which holds the lock: nothing is inserted meanwhile, so whatever differs, differs.
 */
export class Reconciler {
  #nextAt = 0;
  #sweptTo = 0;
  #repairing: readonly number[] = [];
  readonly #repairs = new Map<number, { backoff: Backoff; notBefore: number }>();
  readonly #differences: Counter;
  readonly #repaired: Counter;
  readonly #chunks: Counter;

  constructor(
    private readonly parts: { client: ClickHouseClient; rebuild: Rebuild; registry: Registry; log: Log },
  ) {
    const registers = [parts.registry];
    this.#chunks = new Counter({
      name: 'clickledger_reconciled_chunks_total',
      help: 'Chunks compared between ledger and analytics.',
      registers,
    });
    this.#differences = new Counter({
      name: 'clickledger_reconciliation_differences_total',
      help: 'Minutes that analytics counted otherwise than the ledger.',
      registers,
    });
    this.#repaired = new Counter({
      name: 'clickledger_reconciliation_repaired_total',
      help: 'Differences repaired from the ledger.',
      registers,
    });
  }

  /** Does a piece of the work, when it is time again. A failure is logged; it is tried again. */
  async turn(session: pg.Client): Promise<void> {
    const startedAt = performance.now();
    if (startedAt < this.#nextAt) return;
    try {
      await this.#work(session);
    } catch (error) {
      this.parts.log.warn({ error: messageOf(error) }, 'reconciliation failed; it is tried again');
    }
    const tookMs = performance.now() - startedAt;
    const pauseMs = Math.min(INTERVAL_MS_MAX, Math.max(INTERVAL_MS_MIN, tookMs / TIME_SHARE));
    this.#nextAt = performance.now() + pauseMs;
  }

  async #work(session: pg.Client): Promise<void> {
    const { rebuild, log } = this.parts;
    if (this.#repairing.length > 0 && !rebuild.isRunning) {
      if (rebuild.lastError === null) this.#repaired.inc(await markRepaired(session, this.#repairing));
      this.#repairing = [];
    }
    const { chunkIds, sweptTo } = await this.#nextChunks(session);
    if (chunkIds.length === 0) return;
    const differences = await compareChunks(session, this.parts.client, chunkIds);
    // A rebuild under way may mend it: these chunks are looked at again until it is over.
    if (differences.length > 0 && rebuild.isRunning) return;
    // Noted before they count as compared: after a crash in between they are compared once more.
    const news = await noteDifferences(session, differences);
    this.#differences.inc(news);
    if (news > 0)
      log.error({ differences: differences.slice(0, 5), count: news }, 'analytics differs from the ledger');
    await markChecked(session, chunkIds);
    this.#sweptTo = sweptTo;
    this.#chunks.inc(chunkIds.length);
    if (differences.length === 0) return;
    const months = (await openMonths(session)).filter((month) => this.#mayRepair(month));
    if (months.length === 0) return;
    this.#repairing = months;
    log.warn({ months: this.#repairing }, 'these months are made anew from the ledger');
    rebuild.start(this.#repairing);
  }

  /** A repair that does not help is done ever more rarely. */
  #mayRepair(month: number): boolean {
    const now = performance.now();
    const last = this.#repairs.get(month);
    if (last && now < last.notBefore) return false;
    const backoff =
      last && now < last.notBefore + REPAIR_MS_MAX ? last.backoff : new Backoff(REPAIR_MS_MIN, REPAIR_MS_MAX);
    this.#repairs.set(month, { backoff, notBefore: now + backoff.next() });
    return true;
  }

  /** Newly delivered chunks; when there are none, the next of the sweep. `sweptTo`: where the sweep is when these are done. */
  async #nextChunks(session: pg.Client): Promise<{ chunkIds: number[]; sweptTo: number }> {
    const unchecked = await uncheckedChunks(session, CHUNKS_MAX);
    if (unchecked.length > 0) return { chunkIds: unchecked, sweptTo: this.#sweptTo };
    const next = await chunksAfter(session, this.#sweptTo, CHUNKS_MAX);
    if (next.length === 0) this.#sweptTo = 0;
    return { chunkIds: next, sweptTo: next.at(-1) ?? 0 };
  }
}

/** What differs in these chunks: in the raw clicks, and in the rollup buckets that they reach. */
export async function compareChunks(
  session: pg.Client,
  client: ClickHouseClient,
  chunkIds: readonly number[],
): Promise<Difference[]> {
  const ledger = await countChunkMinutes(session, chunkIds);
  const raw = await countRawMinutes(client, chunkIds);
  const differences: Difference[] = [];
  const keyOf = ({ tenantId, minuteMs }: MinuteCount) => `${tenantId} ${minuteMs}`;
  const inRaw = new Map(raw.map((count) => [keyOf(count), count]));
  const inLedger = new Map(ledger.map((count) => [keyOf(count), count]));
  for (const key of new Set([...inLedger.keys(), ...inRaw.keys()])) {
    const should = inLedger.get(key);
    const is = inRaw.get(key);
    if (
      should &&
      is &&
      should.clicks === is.clicks &&
      should.fraud === is.fraud &&
      should.checksum === is.checksum
    )
      continue;
    const { tenantId, minuteMs } = (should ?? is) as MinuteCount;
    differences.push({
      place: 'click_events',
      tenantId,
      minuteMs,
      ledger: { clicks: should?.clicks ?? 0, fraud: should?.fraud ?? 0 },
      found: { clicks: is?.clicks ?? 0, fraud: is?.fraud ?? 0 },
      idsDiffer: should?.clicks === is?.clicks && should?.checksum !== is?.checksum,
    });
  }
  if (ledger.length === 0) return differences;
  // One hour and its day a turn. Live clicks lie in it all; for an import's, which span a month, the sweep comes back.
  const aroundMs = (ledger[Math.floor(Math.random() * ledger.length)] as MinuteCount).minuteMs;
  for (const { source, rollup } of await findRollupDifferences(client, aroundMs))
    differences.push({
      place: rollup.place,
      tenantId: rollup.tenantId,
      minuteMs: rollup.minuteMs,
      ledger: source,
      found: { clicks: rollup.clicks, fraud: rollup.fraud },
      idsDiffer: false,
    });
  return differences;
}
