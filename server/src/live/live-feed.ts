import {
  LIMITS,
  LIVE_CLICKS_MAX,
  LIVE_WINDOW_SECONDS,
  type LiveSecond,
  type LiveSnapshotEvent,
} from '@clickledger/contract';
import type { LiveSlice } from '../analytics/queries/live-clicks.js';
import type { Background } from '../lib/background.js';
import { type EventStream, failureEvent, toEvent } from './event-streams.js';
import { Ticker } from './ticker.js';

const TASK = { name: 'live feed', failure: 'the live feed could not be refreshed; it is tried again' };

/**
 * The last 30 minutes by second and the newest clicks, for everybody who watches. All of it is read once, when the first
 * reader comes; from then on only the chunks that came since are, and added. Without readers nothing is read.
 */
export class LiveFeed {
  readonly #readers = new Set<EventStream>();
  readonly #ticker: Ticker;
  #seconds = new Map<number, LiveSecond>();
  #clicks: LiveSnapshotEvent['clicks'] = [];
  /** The newest chunk that is counted in; null when nothing was read yet, or after a failure. */
  #mark: number | null = null;
  /** What readers were told when it failed last; null while it is read. */
  #failure: Buffer | null = null;

  constructor(
    private readonly parts: {
      now: () => number;
      mark: () => Promise<number>;
      read: (slice: LiveSlice) => Promise<LiveSnapshotEvent>;
      background: Background;
    },
  ) {
    this.#ticker = new Ticker(parts.background, TASK, () => this.#tick());
  }

  watch(reader: EventStream): void {
    this.#readers.add(reader);
    if (this.#mark !== null) reader.send(toEvent('snapshot', this.#snapshot(), this.#mark));
    else if (this.#failure) reader.send(this.#failure);
    this.#ticker.start();
    if (this.#mark === null) this.#ticker.poke();
  }

  unwatch(reader: EventStream): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#ticker.stop();
    this.#forget();
  }

  stop(): void {
    this.#ticker.stop();
  }

  async #tick(): Promise<void> {
    try {
      const mark = await this.parts.mark();
      if (this.#mark === mark) return;
      const nowMs = this.parts.now();
      const afterChunk = this.#mark;
      const read = await this.parts.read({
        fromMs: nowMs - LIVE_WINDOW_SECONDS * 1_000,
        toMs: nowMs + LIMITS.clockSkewMsMax,
        afterChunk: afterChunk ?? 0,
        toChunk: mark,
      });
      if (this.#readers.size === 0) return; // gone meanwhile, and what was known with them
      const changed = this.#add(read, nowMs);
      this.#mark = mark;
      this.#failure = null;
      if (afterChunk === null) this.#send(toEvent('snapshot', this.#snapshot(), mark));
      else if (changed.length > 0)
        this.#send(toEvent('clicks', { seconds: changed, clicks: read.clicks }, mark));
    } catch (error) {
      this.#forget();
      if (this.#failure) return;
      this.#failure = failureEvent(error);
      this.parts.background.failed(TASK, error);
      this.#send(this.#failure);
    }
  }

  /** Adds what came; returns the seconds that changed, as they are now. */
  #add(read: LiveSnapshotEvent, nowMs: number): LiveSecond[] {
    const oldest = Math.floor(nowMs / 1_000) - LIVE_WINDOW_SECONDS;
    for (const second of this.#seconds.keys()) if (second < oldest) this.#seconds.delete(second);
    const changed = read.seconds.map(([second, clicks, flagged]): LiveSecond => {
      const known = this.#seconds.get(second);
      return [second, clicks + (known?.[1] ?? 0), flagged + (known?.[2] ?? 0)];
    });
    for (const one of changed) this.#seconds.set(one[0], one);
    this.#clicks = [...read.clicks, ...this.#clicks]
      .sort((a, b) => (a.clicked_at < b.clicked_at ? 1 : a.clicked_at > b.clicked_at ? -1 : 0))
      .slice(0, LIVE_CLICKS_MAX);
    return changed;
  }

  #snapshot(): LiveSnapshotEvent {
    return { seconds: [...this.#seconds.values()].sort(([a], [b]) => a - b), clicks: this.#clicks };
  }

  #forget(): void {
    this.#seconds = new Map();
    this.#clicks = [];
    this.#mark = null;
  }

  #send(event: Buffer): void {
    for (const reader of this.#readers) reader.send(event);
  }
}
