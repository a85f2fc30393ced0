import { Counter, Gauge, type Registry } from 'prom-client';

/** Why a request for an image was no impression, or an impression is not in the ledger. */
export const NOT_COUNTED = [
  'unknown_slug',
  'robot',
  'prefetch',
  'head',
  'full',
  'unknown_ad',
  'ledger_refused',
  'stopped',
] as const;
export type NotCounted = (typeof NOT_COUNTED)[number];

/** Counts what becomes of impressions, for Prometheus. */
export class ImpressionMeter {
  /** Of images, by what they were counted as; of reports. */
  readonly totals = { counted: 0, folded: 0, reported: 0 };
  readonly #notCounted: Counter<'reason'>;

  constructor(registry: Registry, waiting: () => number) {
    const { totals } = this;
    const registers = [registry];
    new Counter({
      name: 'clickledger_impressions_total',
      help: 'Impressions counted, by what told of them.',
      labelNames: ['source'],
      registers,
      collect() {
        this.reset();
        this.inc({ source: 'image' }, totals.counted + totals.folded);
        this.inc({ source: 'report' }, totals.reported);
      },
    });
    new Counter({
      name: 'clickledger_impressions_without_details_total',
      help: 'Impressions counted without country and device, since a tenant’s share of the counters was used up.',
      registers,
      collect() {
        this.reset();
        this.inc(totals.folded);
      },
    });
    this.#notCounted = new Counter({
      name: 'clickledger_impressions_not_counted_total',
      help: 'Requests for images that are no impressions, and impressions that are lost, by reason.',
      labelNames: ['reason'],
      registers,
    });
    for (const reason of NOT_COUNTED) this.#notCounted.inc({ reason }, 0);
    new Gauge({
      name: 'clickledger_impressions_waiting',
      help: 'Impressions in memory that are not in the ledger yet: what a crash takes.',
      registers,
      collect() {
        this.set(waiting());
      },
    });
  }

  notCounted(reason: NotCounted, count = 1): void {
    this.#notCounted.inc({ reason }, count);
  }
}
