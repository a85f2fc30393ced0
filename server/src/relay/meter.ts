import { Counter, Histogram, type Registry } from 'prom-client';

/** What the relay of this process does, for Prometheus. */
export class RelayMeter {
  readonly #clicks: Histogram;
  readonly #seconds: Histogram;
  readonly #failures: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#clicks = new Histogram({
      name: 'clickledger_relay_chunk_clicks',
      help: 'Clicks and adjustments of a delivered chunk.',
      buckets: [1, 10, 100, 1_000, 5_000, 10_000, 20_000, 50_000],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'clickledger_relay_chunk_seconds',
      help: 'Time to deliver a chunk, from its stamp to its mark.',
      buckets: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60],
      registers,
    });
    this.#failures = new Counter({
      name: 'clickledger_relay_failures_total',
      help: 'Tries of the relay that failed and are made again.',
      registers,
    });
  }

  delivered(clicks: number, ms: number): void {
    this.#clicks.observe(clicks);
    this.#seconds.observe(ms / 1_000);
  }

  failed(): void {
    this.#failures.inc();
  }
}
