import type { ClickHouseClient } from '@clickhouse/client';
import pg from 'pg';
import { hasChunk, isRefusal, loadChunk } from '../analytics/rollups/load-chunk.js';
import type { EventKind } from '../click/event-kinds.js';
import {
  type Chunk,
  hasUndelivered,
  isNextChunkFull,
  markDelivered,
  markPartDelivered,
  pendingParts,
  splitOrSetAside,
  stampChunk,
  undeliveredChunk,
} from '../ledger/chunks.js';
import { connectionOptions } from '../ledger/database.js';
import type { Background } from '../lib/background.js';
import { Backoff, sleep } from '../lib/backoff.js';
import { LOCKS, tryLockIn } from '../lib/locks.js';
import { type Log, messageOf } from '../lib/log.js';
import type { Tracing } from '../lib/tracing/tracing.js';
import { Wake } from '../lib/wake.js';
import { intervalAfterMs } from './chunk-interval.js';
import { ChunkSize } from './chunk-size.js';
import type { Folds } from './folds.js';
import type { RelayMeter } from './meter.js';

/**
 * Time between two looks while nothing waits, for what another process commits: a commit in this one ends the wait. (A NOTIFY would
 * wake all, but takes a lock of the whole database in every commit.)
 */
export const IDLE_INTERVAL_MS = 1_000;
const LEADER_POLL_MS = 1_000;
/** Analytics keeps its connection to the ledger. After so long without a chunk, what is between may have cut it without a sign. */
const SILENCE_MS_MAX = 60_000;
/** Longest wait after a failure: a store that is back is seen within seconds, as everything else. */
const RETRY_MS_MAX = 3_000;
const RETRY_MS_MIN = 100;
/** How long the chunk at hand may take when the relay stops. */
const FINISH_MS_MAX = 2_000;
const TASK = { name: 'relay', failure: 'the relay failed; it tries again' };

/** What is done between two chunks. */
export interface RelayTurns {
  /** @param hasMoved whether a chunk was delivered since the last turn */
  turn(session: pg.Client, hasMoved: boolean): Promise<void>;
  /** Another process relays: no turn comes here before it ends. */
  follow?(): Promise<void>;
  /** This process relays now; its first chunk comes after this. */
  lead?(session: pg.Client): Promise<void>;
}

/**
 * Moves committed clicks to analytics, exactly once.
 *
 *     stamp ─▶ (chunk fixed) ─▶ load with its token ─▶ mark delivered
 *
 * A crash between any two steps replays the same chunk under the same token, and ClickHouse drops the repeat.
 */
export class Relay {
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  #loop: Promise<void> | null = null;
  readonly #size: ChunkSize;
  /** Ends the wait for the next chunk. */
  readonly #hurried = new Wake();
  #lastError: string | null = null;
  #deliveredAt = 0;

  constructor(
    private readonly parts: {
      ledger: pg.ClientConfig | string;
      /** Has a turn after each chunk, and while nothing waits: nothing is inserted into analytics meanwhile. */
      between: readonly RelayTurns[];
      folds: Pick<Folds, 'settled' | 'foldPart'>;
      client: ClickHouseClient;
      /** Tells analytics how to reach the ledger; done again after every failure, in case that it has forgotten. */
      connectLedger: () => Promise<void>;
      meter: RelayMeter;
      /** Ends the wait for clicks. */
      committed: Wake;
      tracing?: Tracing | null;
      background: Background;
      log: Log;
      /** How many clicks a chunk may have. A test passes its own, to have full chunks of few clicks. */
      size?: ChunkSize;
      /** Waits from one turn to the next, in milliseconds. A test passes its own, to see when the relay waits. */
      pause?: typeof sleep;
    },
  ) {
    this.#size = parts.size ?? new ChunkSize();
  }

  /** What the last try failed with; null after a success. */
  get lastError(): string | null {
    return this.#lastError;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** The next turn comes at once. For tests, which wait for what it brings: no clicks are on their way that the next chunk should wait for. */
  hurry(): void {
    this.#hurried.notify();
    this.parts.committed.notify();
  }

  /** Finishes the chunk at hand, unless it takes long: then the next start sends it again. Gives the lock back. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const late = setTimeout(() => this.#cut.abort(), FINISH_MS_MAX);
    await this.#loop;
    clearTimeout(late);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const backoff = new Backoff(RETRY_MS_MIN, RETRY_MS_MAX);
    while (!signal.aborted) {
      try {
        await this.#lead(backoff);
      } catch (error) {
        if (signal.aborted) return;
        this.#lastError = messageOf(error);
        this.parts.meter.failed();
        this.parts.background.failed(TASK, error);
        await sleep(backoff.next(), signal);
      }
    }
  }

  /** Waits until this relay is the one, and then moves chunks, until it is stopped or its session is lost. */
  async #lead(backoff: Backoff): Promise<void> {
    const { signal } = this.#stop;
    const { pause = (ms: number) => this.#hurried.wait(ms, signal) } = this.parts;
    // A session of its own: the lock lives and dies with it.
    const session = new pg.Client(connectionOptions(this.parts.ledger));
    let lost = false;
    session.on('error', () => (lost = true));
    session.on('end', () => (lost = true));
    try {
      await session.connect();
      while (!signal.aborted && !lost && !(await tryLockIn(session, LOCKS.relay))) {
        for (const work of this.parts.between) await work.follow?.();
        await sleep(LEADER_POLL_MS, signal);
      }
      if (!signal.aborted && !lost) {
        await this.parts.connectLedger();
        for (const work of this.parts.between) await work.lead?.(session);
      }
      while (!signal.aborted && !lost) {
        const startedAt = performance.now();
        // Asked in the session of the lock: who has lost it delivers nothing.
        const moved = (await hasUndelivered(session)) ? await this.#deliver(session) : null;
        for (const work of this.parts.between) await work.turn(session, moved !== null);
        this.#lastError = null;
        backoff.reset();
        if (moved !== null) await pause(await this.#pauseAfter(session, startedAt, moved), signal);
        else await this.parts.committed.wait(IDLE_INTERVAL_MS, signal);
      }
    } finally {
      await session
        .end()
        .catch((error: unknown) => this.parts.log.debug({ error: messageOf(error) }, 'session lost'));
    }
  }

  /** How many events were delivered; null when nothing waits. */
  async #deliver(session: pg.Client): Promise<number | null> {
    const startedAt = performance.now();
    if (startedAt - this.#deliveredAt > SILENCE_MS_MAX) await this.parts.connectLedger();
    const clicks = await deliverNext({ ...this.parts, session, size: this.#size, signal: this.#cut.signal });
    this.#deliveredAt = performance.now();
    if (clicks) this.parts.meter.delivered(clicks, this.#deliveredAt - startedAt);
    return clicks;
  }

  /** A chunk is waited for only while it grows. Closings fix hundreds of chunks at once, and a backlog fills each: those go at once. */
  async #pauseAfter(session: pg.Client, startedAt: number, events: number): Promise<number> {
    if (await isNextChunkFull(session, this.#size.clicksMax)) return 0;
    return Math.max(0, intervalAfterMs(events) - (performance.now() - startedAt));
  }
}

/**
 * Delivers the oldest fixed chunk, or fixes the next one and delivers it. Null when nothing waits, else how many events
 * are done with.
 *
 * @param parts.session the one that holds the lock. Whatever is written, is written through it: a relay that lost the lock,
 *   because its process stood still or its connection was cut, can then write nothing beside the one that has it now.
 * @throws on transient errors: the same chunk is tried again, for ever
 */
async function deliverNext(parts: {
  session: pg.Client;
  client: ClickHouseClient;
  folds: Pick<Folds, 'settled' | 'foldPart'>;
  size: ChunkSize;
  tracing?: Tracing | null;
  log: Log;
  signal: AbortSignal;
}): Promise<number | null> {
  const { session, size, tracing } = parts;
  const chunk = (await undeliveredChunk(session)) ?? (await fixChunk(session, size.clicksMax));
  if (chunk === null) return null;
  const trace = tracing?.begin('relay chunk', [], { 'clickledger.chunk_id': chunk.chunkId });
  let isSplit = false;
  let loadedMs = 0;
  try {
    for (const kind of chunk.kinds) {
      const { ms, isDone } = await deliverKind({ ...parts, kind, chunkId: chunk.chunkId });
      if (!isDone) {
        trace?.end({ 'clickledger.is_split': true });
        return 0;
      }
      if (ms === null) isSplit = true;
      else loadedMs += ms;
    }
  } catch (error) {
    trace?.end({}, 'analytics did not load it');
    throw error;
  }
  trace?.step('analytics load');
  const events = await markDelivered(session, chunk.chunkId);
  if (!isSplit) size.loaded(events, loadedMs);
  trace?.step('mark');
  trace?.end({ 'clickledger.clicks': events, 'clickledger.is_split': isSplit });
  return events;
}

async function fixChunk(session: pg.Client, clicksMax: number): Promise<Chunk | null> {
  return (await stampChunk(session, clicksMax)) === null ? null : undeliveredChunk(session);
}

/**
 * Delivers the events of one kind in a chunk. Whatever stops it in the middle of a chunk, the kinds that were loaded are loaded again, and dropped
 * by their tokens.
 *
 * @returns whether analytics has all of them now, and how long it took; null when they went in parts
 */
async function deliverKind(parts: {
  session: pg.Client;
  client: ClickHouseClient;
  folds: Pick<Folds, 'settled' | 'foldPart'>;
  log: Log;
  signal: AbortSignal;
  kind: EventKind;
  chunkId: number;
}): Promise<{ ms: number | null; isDone: boolean }> {
  const { session, client, folds, log, signal, kind, chunkId } = parts;
  const fixed = await pendingParts(session, chunkId, kind);
  if (fixed === null) {
    const startedAt = performance.now();
    try {
      await loadChunk(client, { kind, chunkId, partId: null }, signal);
      return { ms: performance.now() - startedAt, isDone: true };
    } catch (error) {
      // Only what is refused as a whole may be halved: had any row got in, the halves would double it.
      if (!isRefusal(error) || (await hasChunk(client, { kind, chunkId }))) throw error;
      log.error(
        { chunkId, kind, error: messageOf(error) },
        'analytics refused a chunk; it is halved to find the row',
      );
      await splitOrSetAside(session, { chunkId, kind, part: null }, messageOf(error));
      return { ms: null, isDone: false };
    }
  }
  // Parts that were set aside may come long after their chunk was folded without them.
  if (fixed.length > 0) await folds.settled();
  for (const part of fixed) {
    try {
      await loadChunk(client, { kind, chunkId, partId: part.partId }, signal);
      await folds.foldPart(session, kind, chunkId, part);
      await markPartDelivered(session, part.partId);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await splitOrSetAside(session, { chunkId, kind, part }, messageOf(error));
    }
  }
  const left = await pendingParts(session, chunkId, kind);
  return { ms: null, isDone: left?.length === 0 };
}
