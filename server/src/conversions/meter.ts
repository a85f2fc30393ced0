import { Counter, Gauge, type Registry } from 'prom-client';

/** What became of conversions on this node. */
export class ConversionMeter {
  readonly #conversions: Counter<'result'>;
  readonly #refused: Counter<'reason'>;

  /** @param queued how many wait for the ledger */
  constructor(registry: Registry, queued: () => number) {
    const registers = [registry];
    this.#conversions = new Counter({
      name: 'clickledger_conversions_total',
      help: 'Conversions that were brought: accepted, or a repeat of one that was.',
      labelNames: ['result'],
      registers,
    });
    this.#refused = new Counter({
      name: 'clickledger_conversions_refused_total',
      help: 'Conversions that were not stored, by the code of the reply.',
      labelNames: ['reason'],
      registers,
    });
    new Gauge({
      name: 'clickledger_conversions_queued',
      help: 'Conversions that wait for the ledger.',
      registers,
      collect() {
        this.set(queued());
      },
    });
  }

  accepted(count: number): void {
    if (count > 0) this.#conversions.inc({ result: 'accepted' }, count);
  }

  duplicates(count: number): void {
    if (count > 0) this.#conversions.inc({ result: 'duplicate' }, count);
  }

  /** @param reason a code of the API: there are few of them */
  refused(reason: string, count = 1): void {
    if (count > 0) this.#refused.inc({ reason }, count);
  }
}
