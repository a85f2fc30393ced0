import { type DestinationStream, pino } from 'pino';
import { type Config, ConfigError, readConfig } from './config.js';
import { announce, DataDirInUse } from './embedded/data-dir.js';
import { buildApp } from './http/server/app.js';
import { sleep } from './lib/backoff.js';
import { errorFields, type Log, makeLog } from './lib/log.js';
import { isLoopback } from './lib/loopback.js';
import { UnsupportedSchema } from './lib/schema.js';
import { STOP, Stopper } from './lib/stopping.js';
import { type System, startSystem } from './system/system.js';
import { StoreUnreachable } from './system/wait-for-store.js';

/** Errors that tell a person what to do; no stack is needed. */
const PLAIN = [ConfigError, DataDirInUse, StoreUnreachable, UnsupportedSchema];
const FAULT = { name: 'process', failure: 'an error that nobody handled; the server stops in order' };

async function main(): Promise<void> {
  const config: Config = readConfig(process.env);
  const output = pino.destination({ dest: 2, sync: false });
  // A terminal that was closed takes no more lines; the server still has to stop in order.
  for (const stream of [output, process.stdout]) stream.on('error', () => undefined);
  const log = makeLog({ level: config.logLevel, node: config.nodeName }, output as DestinationStream);
  const stopper = new Stopper(log);
  let system: System | null = null;
  const starting = startSystem(config, log, Date.now, { stopper });
  stopOnSignals({ log, stopper, starting, system: () => system });
  system = await starting;
  const { access } = system.services;
  if (!access.isConfigured && !isLoopback(config.host)) {
    await stopper.stop();
    throw new ConfigError(
      `HOST=${config.host} is not a loopback address, and no access is configured: the server would be open to whoever reaches it. Run npm run setup first, or leave HOST out.`,
    );
  }
  const app = await buildApp(system.services, { trustedProxies: config.trustedProxies });
  stopper.add('HTTP server', STOP.drain, () => app.close());
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await stopper.stop();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new ConfigError(`Port ${config.port} on ${config.host} is taken. Set PORT to another one.`);
    throw error;
  }
  const { port } = app.server.address() as { port: number };
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `http://${host}:${port}`;
  stopper.add('announcement', STOP.drain, announce(config.dataDir, url));

  // Last: whoever waits for these lines may stop us at once.
  console.log(`\n  ClickLedger is ready:  ${url}\n`);
  if (!access.isConfigured) {
    const open = 'Protected mode: no access is configured, so the server is open to this machine alone.';
    log.warn({ host: config.host }, open);
    console.log(`  ${open}\n  To close it, make the first owner: on the dashboard, or npm run setup.\n`);
  }
}

/**
 * Stops the server in order, once, for a signal, for a parent that is gone, or for an error that nobody handled; then the process ends,
 * with 1 after such an error. The order and its times: `STOP`.
 */
function stopOnSignals(parts: {
  log: Log;
  stopper: Stopper;
  starting: Promise<unknown>;
  system: () => System | null;
}): void {
  const { log, stopper, starting, system } = parts;
  let isStopping = false;
  const stop = async (why: string, exitCode: number) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal: why }, 'stopping');
    setTimeout(() => {
      // The stores stop before; should one hang all the same, it must not outlive the server.
      const postgres = system()?.pids.postgres();
      if (postgres !== undefined) process.kill(postgres, 'SIGQUIT');
      process.exit(exitCode);
    }, STOP.process);
    // A start is finished first: halfway, nobody knows yet what there is to stop.
    await Promise.race([starting.catch(() => undefined), sleep(STOP.drain)]);
    await stopper.stop();
    log.info('stopped');
    process.exit(exitCode);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => void stop(signal, 0));
  const onFault = (error: unknown) => {
    const { background } = system()?.services ?? {};
    if (background) background.failed(FAULT, error);
    else log.error(errorFields(error), FAULT.failure);
    void stop('fault', 1);
  };
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  // Started by `npm start`, which is gone.
  process.once('disconnect', () => void stop('disconnect', 0));
  // Gone while we started: the event is over.
  if (process.connected === false) void stop('disconnect', 0);
}

main().catch((error: unknown) => {
  const plain = PLAIN.some((type) => error instanceof type);
  console.error(plain ? `\n  ${(error as Error).message}\n` : error);
  process.exit(1);
});
