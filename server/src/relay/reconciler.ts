import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { Counter, type Registry } from 'prom-client';
import { findConversionDifferences } from '../analytics/rollups/conversion-differences.js';
import { countImpressionHours, findImpressionDifferences } from '../analytics/rollups/impression-counts.js';
import {
  countConversionMinutes as conversionsInAnalytics,
  countRawMinutes,
  findRollupDifferences,
} from '../analytics/rollups/minute-counts.js';
import { EVENT_KINDS, type EventKind } from '../click/event-kinds.js';
import type { MinuteCount } from '../click/minute-count.js';
import { readMarks } from '../ledger/folds.js';
import {
  chunksAfter,
  countConversionMinutes as conversionsInLedger,
  countChunkMinutes,
  countImpressionMinutes,
  type Difference,
  markChecked,
  markRepaired,
  noteDifferences,
  openMonths,
  spanOfChunks,
  uncheckedChunks,
} from '../ledger/reconciliation.js';
import { readWatermark } from '../ledger/retention.js';
import type { Background } from '../lib/background.js';
import { Backoff } from '../lib/backoff.js';
import type { Log } from '../lib/log.js';
import type { Folds } from './folds.js';
import type { Rebuild, RebuildOutcome } from './rebuild.js';
import { Sweep } from './sweep.js';

/** Chunks compared in one turn, … */
const CHUNKS_MAX = 20;
/** … and clicks in them, the first chunk aside: the relay waits for the turn, half a second for so many. */
const CLICKS_MAX = 50_000;
/** While there is more to compare, turns begin no sooner after each other than this, … */
const INTERVAL_MS_MIN = 2_000;
/** … take no larger share of the time, so that reconciliation may always run, … */
const TIME_SHARE = 0.02;
/** … unless the machine is so busy that they would hardly ever come. */
const INTERVAL_MS_MAX = 3_300;
/** From a turn that leaves nothing to the next: a few new chunks are compared together. */
const QUIET_MS = 10_000;
const HOUR_MS = 3_600_000;
const TASK = { name: 'reconciliation', failure: 'reconciliation failed; it is tried again' };
const NO_CHUNKS = { chunkIds: [], isNew: false };
/** Pauses between two repairs of one month. */
const REPAIR_MS_MIN = 1_000;
const REPAIR_MS_MAX = 3_600_000;

/**
 * Compares what the ledger and analytics have: each chunk soon after its delivery, and all chunks over and over in a slow sweep. What
 * differs is noted and counted, and its month is rebuilt from the ledger.
 *
 * It has its turns between two chunks of the relay, which holds the lock: nothing is inserted meanwhile, so whatever differs, differs.
 */
export class Reconciler {
  #nextAt = 0;
  #session: pg.Client | null = null;
  readonly #sweep: Sweep;
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
      folds: Pick<Folds, 'settled'>;
      registry: Registry;
      background: Background;
      log: Log;
      /** The longest pause between two turns, and between two repairs of a month, in milliseconds; shorter for tests. */
      pauseMsMax?: number | undefined;
      /** A test passes its own, to have turns without pause and a sweep that takes its day. */
      sweep?: Sweep;
    },
  ) {
    this.#sweep = parts.sweep ?? new Sweep(parts.pauseMsMax);
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
    // The relay takes a new session after a failure.
    if (session !== this.#session) this.#sweep.hurry();
    this.#session = session;
    const startedAt = performance.now();
    if (startedAt < this.#nextAt) return;
    let leavesWork = true;
    const isDone = await this.parts.background.run(TASK, async () => {
      leavesWork = await this.#work(session);
    });
    if (!isDone) this.#sweep.hurry();
    const tookMs = performance.now() - startedAt;
    const pauseMs = leavesWork
      ? Math.min(INTERVAL_MS_MAX, Math.max(INTERVAL_MS_MIN, tookMs / TIME_SHARE))
      : QUIET_MS;
    this.#nextAt = performance.now() + Math.min(pauseMs, this.#pauseMsMax);
  }

  get #pauseMsMax(): number {
    return this.parts.pauseMsMax ?? Number.POSITIVE_INFINITY;
  }

  /** Returns whether more is to be compared now. */
  async #work(session: pg.Client): Promise<boolean> {
    const { client } = this.parts;
    if (this.#repaired) {
      this.#repairedCount.inc(await markRepaired(session, this.#repaired.exchanged));
      this.#repaired = null;
    }
    const sweep = this.#sweep;
    const startedAt = performance.now();
    const hourMs = sweep.hourDue(startedAt);
    const isForRollups = hourMs !== undefined;
    const differences = isForRollups ? await this.#compareRollups(session, hourMs) : [];
    const tookMs = performance.now() - startedAt;
    // What is noted should tell the whole before it is repaired: where one differs, the other is looked at as well.
    const isForChunks = !isForRollups || differences.length > 0;
    const { chunkIds, isNew } = isForChunks ? await this.#nextChunks(session) : NO_CHUNKS;
    let hoursMs: number[] = [];
    if (chunkIds.length > 0) {
      const found = await compareChunks(session, client, chunkIds);
      // Retention has dropped a day under the comparison: it says nothing.
      if (!found) return true;
      hoursMs = found.hoursMs;
      differences.push(...found.differences);
      const [first] = found.differences;
      if (!isForRollups && first) differences.push(...(await this.#compareRollups(session, first.minuteMs)));
    }
    // Noted before they count as compared: after a crash in between they are compared once more.
    const isDone = await this.#note(session, differences);
    if (isForRollups) sweep.hourCompared(hourMs, { tookMs, isDone }, performance.now());
    if (!isDone) return true;
    if (chunkIds.length === 0) return isForRollups;
    await markChecked(session, chunkIds);
    this.#chunks.inc(chunkIds.length);
    sweep.addHours(hoursMs, isNew);
    if (isNew) return (await uncheckedChunks(session, 1, CLICKS_MAX)).length > 0;
    sweep.swept(chunkIds, await spanOfChunks(session), performance.now());
    return sweep.isHasty;
  }

  /** What differs in the rollups' buckets of the hour and the day around this time. */
  async #compareRollups(session: pg.Client, aroundMs: number): Promise<Difference[]> {
    const { client, folds } = this.parts;
    await folds.settled();
    const marks = await readMarks(session);
    if (!marks) return [];
    return (await findRollupDifferences(client, aroundMs, marks)).map(({ source, rollup }) => ({
      place: rollup.place,
      tenantId: rollup.tenantId,
      minuteMs: rollup.minuteMs,
      ledger: source,
      found: { clicks: rollup.clicks, fraud: rollup.fraud },
      idsDiffer: false,
    }));
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
    const maxMs = Math.min(REPAIR_MS_MAX, this.#pauseMsMax);
    const backoff =
      last && now < last.notBefore + REPAIR_MS_MAX
        ? last.backoff
        : new Backoff(Math.min(REPAIR_MS_MIN, maxMs), maxMs);
    this.#repairs.set(month, { backoff, notBefore: now + backoff.next() });
    return true;
  }

  /** Newly delivered chunks; when there are none, the next of the sweep, when it is time. */
  async #nextChunks(session: pg.Client): Promise<{ chunkIds: number[]; isNew: boolean }> {
    const unchecked = await uncheckedChunks(session, CHUNKS_MAX, CLICKS_MAX);
    if (unchecked.length > 0) return { chunkIds: unchecked, isNew: true };
    if (!this.#sweep.isDue(performance.now())) return NO_CHUNKS;
    const next = await chunksAfter(session, this.#sweep.sweptTo, CHUNKS_MAX, CLICKS_MAX);
    if (next.length === 0) this.#sweep.ended();
    return { chunkIds: next, isNew: false };
  }
}

/** What each store has of a kind of event in some chunks. Clicks received before `keptFromMs` are left out. */
interface Counted {
  place: string;
  inLedger(session: pg.Client, chunkIds: readonly number[], keptFromMs: number): Promise<MinuteCount[]>;
  inAnalytics(
    client: ClickHouseClient,
    chunkIds: readonly number[],
    keptFromMs: number,
  ): Promise<MinuteCount[]>;
}
const COUNTED: Record<EventKind, Counted> = {
  clicks: { place: 'click_events', inLedger: countChunkMinutes, inAnalytics: countRawMinutes },
  conversions: {
    place: 'conversion_events',
    inLedger: conversionsInLedger,
    inAnalytics: conversionsInAnalytics,
  },
  impressions: {
    place: 'impression_counts',
    inLedger: countImpressionMinutes,
    inAnalytics: countImpressionHours,
  },
};

/**
 * What differs in the raw events of these chunks, and the hours that they have clicks in. Null when retention moved while they were
 * counted.
 */
async function compareChunks(
  session: pg.Client,
  client: ClickHouseClient,
  chunkIds: readonly number[],
): Promise<{ differences: Difference[]; hoursMs: number[] } | null> {
  const { keptFromMs } = await readWatermark(session);
  const differences: Difference[] = [];
  const hoursMs = new Set<number>();
  for (const kind of EVENT_KINDS) {
    const { place, inLedger, inAnalytics } = COUNTED[kind];
    const ledger = await inLedger(session, chunkIds, keptFromMs);
    if ((await readWatermark(session)).keptFromMs !== keptFromMs) return null;
    const raw = await inAnalytics(client, chunkIds, keptFromMs);
    differences.push(...differencesOf(place, ledger, raw));
    if (kind === 'clicks')
      for (const { minuteMs } of ledger) hoursMs.add(Math.floor(minuteMs / HOUR_MS) * HOUR_MS);
    if (kind === 'conversions' && ledger.length > 0)
      differences.push(...(await rolledConversions(client, chunkIds, ledger)));
    if (kind === 'impressions' && ledger.length > 0)
      differences.push(
        ...(await rolledImpressions(client, [...new Set(ledger.map(({ minuteMs }) => minuteMs))])),
      );
  }
  return { differences, hoursMs: [...hoursMs] };
}

/** Hours of these conversions in which their rollup has not what it was filled from. */
async function rolledConversions(
  client: ClickHouseClient,
  chunkIds: readonly number[],
  counts: readonly MinuteCount[],
): Promise<Difference[]> {
  const hours = counts.map(({ minuteMs }) => Math.floor(minuteMs / HOUR_MS) * HOUR_MS);
  const span = { fromMs: Math.min(...hours), toMs: Math.max(...hours) + HOUR_MS };
  return (await findConversionDifferences(client, chunkIds, span)).map((found) => ({
    place: `conversions_by_hour, grouping ${found.grouping}`,
    tenantId: found.tenantId,
    minuteMs: found.minuteMs,
    ledger: { clicks: found.counted, fraud: 0 },
    found: { clicks: found.rolled, fraud: 0 },
    // The same number, worth something else.
    idsDiffer: found.counted === found.rolled,
  }));
}

/** Hours in which the rollup of impressions has not what it was filled from. */
async function rolledImpressions(
  client: ClickHouseClient,
  hoursMs: readonly number[],
): Promise<Difference[]> {
  return (await findImpressionDifferences(client, hoursMs)).map(
    ({ tenantId, minuteMs, counted, rolled }) => ({
      place: 'impressions_by_hour',
      tenantId,
      minuteMs,
      ledger: { clicks: counted, fraud: 0 },
      found: { clicks: rolled, fraud: 0 },
      idsDiffer: false,
    }),
  );
}

/** Minutes that the two stores count otherwise. */
function differencesOf(
  place: string,
  ledger: readonly MinuteCount[],
  raw: readonly MinuteCount[],
): Difference[] {
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
      place,
      tenantId,
      minuteMs,
      ledger: { clicks: should?.clicks ?? 0, fraud: should?.fraud ?? 0 },
      found: { clicks: is?.clicks ?? 0, fraud: is?.fraud ?? 0 },
      idsDiffer: should?.clicks === is?.clicks && should?.checksum !== is?.checksum,
    });
  }
  return differences;
}
