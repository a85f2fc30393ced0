// Started by main.ts with a JSON argument; floods until SIGTERM, then prints what it did. A process of its own: making a
// flood must not delay what is measured.
import { setMaxListeners } from 'node:events';
import { type Counters, FLOODS, type FloodName } from './floods.js';
import type { Tenant } from './tenants.js';

export interface FloodTask {
  tenant: Tenant;
  names: FloodName[];
  clicksMax: number;
}

const { tenant, names, clicksMax } = JSON.parse(process.argv[2] ?? '') as FloodTask;
const stop = new AbortController();
// Each of some hundred sockets listens for the end.
setMaxListeners(0, stop.signal);
process.once('SIGTERM', () => stop.abort());
// The parent is gone.
process.once('disconnect', () => stop.abort());
const counters = Object.fromEntries(names.map((name) => [name, {} as Counters]));
await Promise.all(
  names.map((name) =>
    FLOODS[name]({ tenant, signal: stop.signal, counters: counters[name] ?? {}, clicksMax }),
  ),
);
process.stdout.write(JSON.stringify(counters), () => process.exit(0));
