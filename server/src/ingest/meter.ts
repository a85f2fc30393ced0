import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Appended } from '../ledger/append-batch.js';
import { LatencyWindow } from './latency-window.js';
import type { ClickOutcome, Refusal } from './submission.js';

const WINDOW_SECONDS = 10;
const REASONS: readonly (Refusal | 'invalid')[] = [
  'queue_full',
  'ledger_unavailable',
  'stopping',
  'key_in_flight',
  'key_reused',
  'not_storable',
  'ledger_refused',
  'internal',
  'invalid',
];

/** Counts what becomes of clicks: for Prometheus, and for the figures of `GET /admin/stats`. */
export class IngestMeter {
  readonly totals = { accepted: 0, duplicates: 0, flagged: 0, refused: 0 };
  /** Times of the last minute, for `GET /admin/stats`. */
  readonly latency: { ingest: LatencyWindow; commit: LatencyWindow; guard: LatencyWindow };
  readonly #perSecond = new Float64Array(WINDOW_SECONDS + 1);
  #second = 0;
  readonly #refusals: Counter<'reason'>;
  readonly #batchClicks: Histogram;
  readonly #commitSeconds: Histogram;
  readonly #guardSeconds: Histogram;
  readonly #guardAway: Counter;
  readonly #reassigned: Counter;
  readonly #unregistered: Counter;

  constructor(
    registry: Registry,
    private readonly now: () => number,
    queued: () => number,
  ) {
    this.latency = {
      ingest: new LatencyWindow(now),
      commit: new LatencyWindow(now),
      guard: new LatencyWindow(now),
    };
    const registers = [registry];
    const { totals } = this;
    new Counter({
      name: 'clickledger_clicks_total',
      help: 'Clicks answered, by result; flagged ones are accepted ones too.',
      labelNames: ['result'],
      registers,
      // Set when it is asked for: adding to plain numbers is all that a click costs.
      collect() {
        this.reset();
        this.inc({ result: 'accepted' }, totals.accepted);
        this.inc({ result: 'duplicate' }, totals.duplicates);
        this.inc({ result: 'flagged' }, totals.flagged);
      },
    });
    this.#refusals = new Counter({
      name: 'clickledger_clicks_refused_total',
      help: 'Clicks not taken, by reason; the client was told. invalid: not a click, 400.',
      labelNames: ['reason'],
      registers,
    });
    // Each is there from the start: a counter that appears with its first event can't be alerted on.
    for (const reason of REASONS) this.#refusals.inc({ reason }, 0);
    this.#batchClicks = new Histogram({
      name: 'clickledger_batch_clicks',
      help: 'Clicks a commit.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
      registers,
    });
    const buckets = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];
    this.#commitSeconds = new Histogram({
      name: 'clickledger_commit_seconds',
      help: 'Time of a commit in the ledger.',
      buckets,
      registers,
    });
    this.#guardSeconds = new Histogram({
      name: 'clickledger_guard_seconds',
      help: 'Time of a look-up in the guard.',
      buckets,
      registers,
    });
    this.#guardAway = new Counter({
      name: 'clickledger_guard_away_batches_total',
      help: 'Batches committed without the guard.',
      registers,
    });
    this.#reassigned = new Counter({
      name: 'clickledger_clicks_reassigned_total',
      help: "Clicks stored under their campaign's advertiser instead of the one that they named.",
      registers,
    });
    this.#unregistered = new Counter({
      name: 'clickledger_clicks_unregistered_total',
      help: "Clicks whose campaign or ad was not registered: over the limit of an hour, or not among the account's own.",
      registers,
    });
    new Gauge({
      name: 'clickledger_queue_clicks',
      help: 'Clicks that wait for a commit.',
      registers,
      collect() {
        this.set(queued());
      },
    });
  }

  outcomes(outcomes: readonly ClickOutcome[]): void {
    let accepted = 0;
    let flagged = 0;
    for (const outcome of outcomes) {
      if (outcome.isDuplicate) continue;
      accepted++;
      if (outcome.isFraudulent) flagged++;
    }
    this.totals.accepted += accepted;
    this.totals.flagged += flagged;
    this.duplicates(outcomes.length - accepted);
    this.#turn();
    const slot = this.#second % this.#perSecond.length;
    this.#perSecond[slot] = (this.#perSecond[slot] ?? 0) + accepted;
  }

  duplicates(count: number): void {
    this.totals.duplicates += count;
  }

  refused(reason: Refusal, clicks: number): void {
    this.totals.refused += clicks;
    this.#refusals.inc({ reason }, clicks);
  }

  /** Clicks that are none: answered with 400, or as invalid entries of a batch. */
  invalid(clicks: number): void {
    this.#refusals.inc({ reason: 'invalid' }, clicks);
  }

  committed(clicks: number, ms: number): void {
    this.#batchClicks.observe(clicks);
    this.#commitSeconds.observe(ms / 1_000);
    this.latency.commit.observe(ms);
  }

  appended({ corrections, unregistered }: Appended<unknown>): void {
    if (unregistered > 0) this.#unregistered.inc(unregistered);
    for (const { storedUnder } of corrections) if (storedUnder !== null) this.#reassigned.inc();
  }

  looked(ms: number): void {
    this.#guardSeconds.observe(ms / 1_000);
    this.latency.guard.observe(ms);
  }

  guardAway(): void {
    this.#guardAway.inc();
  }

  /** Accepted clicks a second, mean of the last ten full seconds. */
  clicksPerSecond(): number {
    this.#turn();
    const running = this.#perSecond[this.#second % this.#perSecond.length] ?? 0;
    return (this.#perSecond.reduce((sum, count) => sum + count, 0) - running) / WINDOW_SECONDS;
  }

  #turn(): void {
    const second = Math.floor(this.now() / 1_000);
    const steps = Math.min(second - this.#second, this.#perSecond.length);
    for (let i = 1; i <= steps; i++) this.#perSecond[(second - steps + i) % this.#perSecond.length] = 0;
    if (steps > 0) this.#second = second;
  }
}
