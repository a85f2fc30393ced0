import { pino } from 'pino';
import { type Config, ConfigError, isLoopback, readConfig } from './config.js';
import { announce, DataDirInUse } from './embedded/data-dir.js';
import { buildApp } from './http/app.js';
import { SchemaTooNew } from './ledger/migrate.js';
import { makeLog } from './log.js';
import { StoreUnreachable } from './reach.js';
import { startSystem } from './system.js';

/** Errors that tell a person what to do; no stack is needed. */
const PLAIN = [ConfigError, DataDirInUse, StoreUnreachable, SchemaTooNew];

async function main(): Promise<void> {
  const config: Config = readConfig(process.env);
  const output = pino.destination({ dest: 2, sync: false });
  // A terminal that was closed takes no more lines; the server still has to stop in order.
  for (const stream of [output, process.stdout]) stream.on('error', () => undefined);
  const log = makeLog({ level: config.logLevel, node: config.nodeName }, output);
  const system = await startSystem(config, log);
  const { access } = system.services;
  if (!access.isConfigured && !isLoopback(config.host)) {
    await system.stop();
    throw new ConfigError(
      `HOST=${config.host} is not a loopback address, and no access is configured: the server would be open to whoever reaches it. Run npm run setup first, or leave HOST out.`,
    );
  }
  const app = await buildApp(system.services, { trustedProxies: config.trustedProxies });
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await system.stop();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new ConfigError(`Port ${config.port} on ${config.host} is taken. Set PORT to another one.`);
    throw error;
  }
  const { port } = app.server.address() as { port: number };
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `http://${host}:${port}`;
  const forget = announce(config.dataDir, url);
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    // Stops taking connections, then waits for the requests at hand; their clicks are committed and answered.
    forget();
    await app.close();
    await system.stop();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
  // Started by `npm start`, which is gone.
  process.once('disconnect', () => void stop('disconnect'));
  // Gone while we started: the event is over.
  if (process.connected === false) void stop('disconnect');

  // Last: whoever waits for these lines may stop us at once.
  console.log(`\n  ClickLedger is ready:  ${url}\n`);
  if (!access.isConfigured) {
    const open = 'Protected mode: no access is configured, so the server is open to this machine alone.';
    log.warn({ host: config.host }, open);
    console.log(`  ${open}\n  To close it, make the first owner: on the dashboard, or npm run setup.\n`);
  }
}

main().catch((error: unknown) => {
  const plain = PLAIN.some((type) => error instanceof type);
  console.error(plain ? `\n  ${(error as Error).message}\n` : error);
  process.exit(1);
});
