import type { HealthReply } from '@clickledger/contract';
import type pg from 'pg';
import { Counter, Gauge, type Registry } from 'prom-client';
import { readBacklog } from '../ledger/chunks.js';
import { countUnfolded } from '../ledger/folds.js';
import { countOpenDifferences } from '../ledger/reconciliation.js';
import { shared } from './health.js';

/** Whether each store answers, as health says: asked when Prometheus asks. */
export function meterStores(
  registry: Registry,
  health: () => Promise<HealthReply>,
  restarts: { postgres: () => number; clickhouse: () => number },
): void {
  new Gauge({
    name: 'clickledger_store_up',
    help: '1 while a store answers a real question, else 0.',
    labelNames: ['store'],
    registers: [registry],
    async collect() {
      for (const [store, state] of Object.entries((await health()).services))
        this.set({ store }, state === 'error' ? 0 : 1);
    },
  });
  new Counter({
    name: 'clickledger_store_restarts_total',
    help: 'Times that an embedded store ended by itself and was started again.',
    labelNames: ['store'],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ store: 'postgres' }, restarts.postgres());
      this.inc({ store: 'clickhouse' }, restarts.clickhouse());
    },
  });
}

/**
 * What analytics lacks of the ledger, and what differs. Every process tells it, whether it relays or not: when no relay runs at
 * all, someone must. While the ledger is away the figures are absent, not zero.
 */
export function meterBacklog(registry: Registry, pool: pg.Pool): void {
  // One look for all of them.
  const look = shared(Date.now, () =>
    Promise.all([readBacklog(pool), countOpenDifferences(pool), countUnfolded(pool)])
      .then(([backlog, open, unfolded]) => ({ ...backlog, open, unfolded }))
      .catch(() => null),
  );
  const gauge = (name: string, help: string, figure: 'rows' | 'seconds' | 'setAside' | 'open' | 'unfolded') =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const figures = await look();
        if (figures) this.set(figures[figure]);
        else this.remove();
      },
    });
  gauge('clickledger_relay_lag_clicks', 'Clicks committed and not yet in analytics.', 'rows');
  gauge(
    'clickledger_relay_lag_seconds',
    'Age of the oldest click that is committed and not yet in analytics.',
    'seconds',
  );
  gauge(
    'clickledger_unfolded_clicks',
    'Clicks in analytics that are not in every rollup: queries read them one by one.',
    'unfolded',
  );
  gauge('clickledger_clicks_set_aside', 'Clicks that analytics refused; the ledger has them.', 'setAside');
  gauge(
    'clickledger_reconciliation_differences_open',
    'Differences between ledger and analytics that are not repaired.',
    'open',
  );
}
