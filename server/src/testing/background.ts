import { Registry } from 'prom-client';
import { Background } from '../lib/background.js';
import { type Log, silentLog } from '../lib/log.js';

/** A background of its own, for parts that are tested alone. */
export const aBackground = (log: Log = silentLog): Background =>
  new Background({ log, registry: new Registry() });
