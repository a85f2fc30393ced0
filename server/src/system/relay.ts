import { keepAlerting } from '../alerts/alerts.js';
import { Attribution } from '../attribution/attribution.js';
import { keepSpentBudgets } from '../links/spent-budgets.js';
import { keepForgetting } from '../privacy/schedule.js';
import { Folding } from '../relay/folding.js';
import { Folds } from '../relay/folds.js';
import { RelayMeter } from '../relay/meter.js';
import { RawRetention } from '../relay/raw-retention.js';
import { Rebuild } from '../relay/rebuild.js';
import { Reconciler } from '../relay/reconciler.js';
import { Relay } from '../relay/relay.js';
import { keepJudgingEveryMinute } from '../review/schedule.js';
import type { Base } from './base.js';

/** The role that moves clicks to analytics, and does what follows from them. */
export interface RelayRole {
  relay: Relay;
  rebuild: Rebuild;
  stop(): Promise<unknown>;
}

/**
 * Starts the relay, what takes turns with it, and what looks back at clicks: rules, alerts, the forgetting of personal data. All of it
 * runs on one node at a time, under locks of the ledger.
 *
 * @param options.rebuildFirst rebuilds analytics from the ledger, before anything is compared
 * @param options.reconcileEveryMs the longest pause between two comparisons; for tests
 */
export function startRelay(
  base: Base,
  { rebuildFirst, reconcileEveryMs }: { rebuildFirst: boolean; reconcileEveryMs?: number | undefined },
): RelayRole {
  const { stores, slowPool, registry, background, queryTime, tenantFetch, tracing, log, now } = base;
  const { pool, analytics } = stores;
  if (!analytics) throw new Error('The relay needs analytics');
  const { client, target } = analytics;
  const timed = queryTime.of(client, 'relay');
  const folds = new Folds({
    client: timed,
    pool,
    registry,
    background,
    due: base.config.fold,
    onEnd: () => base.committed.notify(),
  });
  const rebuild = new Rebuild({ pool, client, target, folds, background, log });
  const folding = new Folding({ client, target, rebuild, folds, now, registry, background, log });
  const { retentionDays } = base.config;
  const relay = new Relay({
    ledger: stores.ledgerTarget,
    client: timed,
    connectLedger: analytics.connectLedger,
    meter: new RelayMeter(registry),
    committed: base.committed,
    tracing,
    background,
    log,
    folds,
    between: [
      rebuild,
      folding,
      new Reconciler({
        client: timed,
        rebuild,
        folds,
        registry,
        background,
        log,
        pauseMsMax: reconcileEveryMs,
      }),
      new RawRetention({ client, rebuild, registry, background, log, now, retentionDays }),
      folds,
      new Attribution({
        client: timed,
        rebuild,
        now,
        registry,
        background,
        onMore: () => base.committed.notify(),
      }),
    ],
  });
  if (rebuildFirst) rebuild.start(null);
  relay.start();
  keepJudgingEveryMinute({ pool, client, now }, background);
  keepSpentBudgets({ pool, client, now }, background);
  keepAlerting({ pool, client, tenantFetch, now }, background);
  keepForgetting({ pool, slowPool, client, now }, background, log);
  return {
    relay,
    rebuild,
    // The relay gives both kinds of folding their turns.
    stop: () =>
      Promise.all([rebuild.stop(), relay.stop().then(() => Promise.all([folding.stop(), folds.stop()]))]),
  };
}
