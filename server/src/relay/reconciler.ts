import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { Counter, type Registry } from 'prom-client';
import { countRawMinutes, findRollupDifferences } from '../analytics/rollups/minute-counts.js';
import type { MinuteCount } from '../click/minute-count.js';
import {
  chunksAfter,
  countChunkMinutes,
  type Difference,
  markChecked,
  markRepaired,
  noteDifferences,
  openMonths,
  uncheckedChunks,
} from '../ledger/reconciliation.js';
import { readWatermark } from '../ledger/retention.js';
import type { Background } from '../lib/background.js';
import { Backoff } from '../lib/backoff.js';
import type { Log } from '../lib/log.js';
import type { Rebuild, RebuildOutcome } from './rebuild.js';

/** Chunks compared in one turn, … */
const CHUNKS_MAX = 20;
/** … and clicks in them, the first chunk aside: the relay waits for the turn, half a second for so many. */
const CLICKS_MAX = 50_000;
/** Turns begin no sooner after each other than this, … */
const INTERVAL_MS_MIN = 2_000;
/** … take no larger share of the time, so that reconciliation may always run, … */
const TIME_SHARE = 0.02;
/** … unless the machine is so busy that they would hardly ever come. */
const INTERVAL_MS_MAX = 3_300;
/** The same for turns that compare rollups: an hour of them costs as much however few clicks have come meanwhile. */
const ROLLUPS_MS_MAX = 10_000;
const TASK = { name: 'reconciliation', failure: 'reconciliation failed; it is tried again' };
const NO_CHUNKS = { chunkIds: [], sweptTo: 0 };
/** Pauses between two repairs of one month. */
const REPAIR_MS_MIN = 1_000;
const REPAIR_MS_MAX = 3_600_000;

/**
 * Compares what the ledger and analytics have: each chunk soon after its delivery, and all chunks over and over in a slow
 * sweep. What differs is noted and counted, and its month is rebuilt from the ledger.
 *
 * It has its turns between two chunks of the relay, which holds the lock: nothing is inserted meanwhile, so whatever differs, differs.
 */
export class Reconciler {
  #nextAt = 0;
  #sweptTo = 0;
  /** A minute that chunks compared lately have clicks in, for the rollups; null when there is none. */
  #aroundMs: number | null = null;
  #rollupsAt = 0;
  /** What became of the last repair, until it is noted. */
  #repaired: RebuildOutcome | null = null;
  readonly #repairs = new Map<number, { backoff: Backoff; notBefore: number }>();
  readonly #differences: Counter;
  readonly #repairedCount: Counter;
  readonly #chunks: Counter;

  constructor(
    private readonly parts: {
      client: ClickHouseClient;
      rebuild: Rebuild;
      registry: Registry;
      background: Background;
      log: Log;
      /** The longest pause between two turns, in milliseconds; shorter for tests. */
      pauseMsMax?: number | undefined;
    },
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
    this.#repairedCount = new Counter({
      name: 'clickledger_reconciliation_repaired_total',
      help: 'Differences repaired from the ledger.',
      registers,
    });
  }

  /** Does a piece of the work, when it is time again. A failure is logged; it is tried again. */
  async turn(session: pg.Client): Promise<void> {
    const startedAt = performance.now();
    if (startedAt < this.#nextAt) return;
    await this.parts.background.run(TASK, () => this.#work(session));
    const tookMs = performance.now() - startedAt;
    const pauseMs = Math.min(INTERVAL_MS_MAX, Math.max(INTERVAL_MS_MIN, tookMs / TIME_SHARE));
    this.#nextAt = performance.now() + Math.min(pauseMs, this.#pauseMsMax);
  }

  get #pauseMsMax(): number {
    return this.parts.pauseMsMax ?? Number.POSITIVE_INFINITY;
  }

  async #work(session: pg.Client): Promise<void> {
    const { client } = this.parts;
    if (this.#repaired) {
      this.#repairedCount.inc(await markRepaired(session, this.#repaired.exchanged));
      this.#repaired = null;
    }
    const isForRollups = this.#aroundMs !== null && performance.now() >= this.#rollupsAt;
    const differences: Difference[] = [];
    if (isForRollups) {
      const startedAt = performance.now();
      differences.push(...(await compareRollups(client, this.#aroundMs)));
      const tookMs = performance.now() - startedAt;
      this.#rollupsAt = performance.now() + Math.min(ROLLUPS_MS_MAX, tookMs / TIME_SHARE, this.#pauseMsMax);
    }
    // What is noted should tell the whole before it is repaired: where one differs, the other is looked at as well.
    const isForChunks = !isForRollups || differences.length > 0;
    const { chunkIds, sweptTo } = isForChunks ? await this.#nextChunks(session) : NO_CHUNKS;
    if (chunkIds.length > 0) {
      const found = await compareChunks(session, client, chunkIds);
      // Retention has dropped a day under the comparison: it says nothing.
      if (!found) return;
      this.#aroundMs = found.aroundMs ?? this.#aroundMs;
      differences.push(...found.differences);
      if (!isForRollups && found.differences.length > 0)
        differences.push(...(await compareRollups(client, this.#aroundMs)));
    }
    // Noted before they count as compared: after a crash in between they are compared once more.
    if (!(await this.#note(session, differences))) return;
    if (isForRollups) this.#aroundMs = null;
    if (chunkIds.length === 0) return;
    await markChecked(session, chunkIds);
    this.#sweptTo = sweptTo;
    this.#chunks.inc(chunkIds.length);
  }

  /** Notes what differs, and has its months rebuilt. False: a rebuild under way may mend it, and it has to be looked at again. */
  async #note(session: pg.Client, differences: readonly Difference[]): Promise<boolean> {
    const { rebuild, log } = this.parts;
    if (differences.length > 0 && rebuild.isRunning) return false;
    const news = await noteDifferences(session, differences);
    this.#differences.inc(news);
    if (news > 0)
      log.error({ differences: differences.slice(0, 5), count: news }, 'analytics differs from the ledger');
    if (differences.length === 0) return true;
    const months = (await openMonths(session)).filter((month) => this.#mayRepair(month));
    if (months.length === 0) return true;
    log.warn({ months }, 'these months are rebuilt from the ledger');
    void rebuild.start(months)?.then((outcome) => {
      this.#repaired = outcome;
      if (outcome.kept.length > 0)
        log.warn(
          { months: outcome.kept },
          'these months can not be repaired: retention has dropped clicks of them',
        );
    });
    return true;
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
    const unchecked = await uncheckedChunks(session, CHUNKS_MAX, CLICKS_MAX);
    if (unchecked.length > 0) return { chunkIds: unchecked, sweptTo: this.#sweptTo };
    const next = await chunksAfter(session, this.#sweptTo, CHUNKS_MAX, CLICKS_MAX);
    if (next.length === 0) this.#sweptTo = 0;
    return { chunkIds: next, sweptTo: next.at(-1) ?? 0 };
  }
}

/**
 * What differs in the raw clicks of these chunks, and one of the minutes that they have clicks in. Null when retention moved while
 * they were counted.
 */
async function compareChunks(
  session: pg.Client,
  client: ClickHouseClient,
  chunkIds: readonly number[],
): Promise<{ differences: Difference[]; aroundMs: number | null } | null> {
  const { keptFromMs } = await readWatermark(session);
  const ledger = await countChunkMinutes(session, chunkIds, keptFromMs);
  if ((await readWatermark(session)).keptFromMs !== keptFromMs) return null;
  const raw = await countRawMinutes(client, chunkIds, keptFromMs);
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
  // One hour and its day a turn. Live clicks lie in it all; for an import's, which span a month, the sweep comes back.
  const around = ledger[Math.floor(Math.random() * ledger.length)];
  return { differences, aroundMs: around?.minuteMs ?? null };
}

/** What differs in the rollups' buckets of the hour and the day around this time. */
async function compareRollups(client: ClickHouseClient, aroundMs: number | null): Promise<Difference[]> {
  if (aroundMs === null) return [];
  return (await findRollupDifferences(client, aroundMs)).map(({ source, rollup }) => ({
    place: rollup.place,
    tenantId: rollup.tenantId,
    minuteMs: rollup.minuteMs,
    ledger: source,
    found: { clicks: rollup.clicks, fraud: rollup.fraud },
    idsDiffer: false,
  }));
}
