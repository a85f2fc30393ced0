import { ConversionIntake } from '../conversions/conversion-intake.js';
import { ConversionMeter } from '../conversions/meter.js';
import { PostbackLog } from '../conversions/postback-log.js';
import { PostbackSecrets } from '../conversions/postback-secrets.js';
import { endPool, openLedger } from '../ledger/database.js';
import { STOP } from '../lib/stopping.js';
import type { Base } from './base.js';

/** What takes conversions; part of the role ingest. */
export interface ConversionRole {
  intake: ConversionIntake;
  meter: ConversionMeter;
  secrets: PostbackSecrets;
  log: PostbackLog;
}

/** Starts what takes conversions, with one connection of its own: they wait for each other, and no click waits for them. */
export function startConversions(base: Base): ConversionRole {
  const { config, stores, registry, background, stopper, committed, log, now } = base;
  const writes = openLedger(stores.ledgerTarget, log, 1);
  stopper.add('connection of conversions', STOP.connections, () => endPool(writes));
  const meter = new ConversionMeter(registry, () => intake.queued);
  const intake = new ConversionIntake({
    pool: writes,
    guard: stores.guard,
    node: config.nodeName,
    now,
    meter,
    committed,
    background,
    log,
  });
  stopper.add('conversions', STOP.work, () => intake.stop());
  const serverSecret = Buffer.from(config.hashSecret ?? base.secrets.hashSecret);
  return {
    intake,
    meter,
    secrets: new PostbackSecrets({ pool: stores.pool, serverSecret, now }),
    log: new PostbackLog({ pool: stores.pool, background, registry }),
  };
}
