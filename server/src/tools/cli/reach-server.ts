import { pino } from 'pino';
import { readConfig } from '../../config.js';
import { buildApp } from '../../http/server/app.js';
import { startSystem } from '../../system/system.js';

/** The running server, or one of our own for the time of a command. */
export async function reachServer(url: string | null): Promise<{ url: string; stop: () => Promise<void> }> {
  if (url) return { url, stop: async () => undefined };
  const config = readConfig({ ...process.env, PORT: '0', ROLES: 'ingest,relay,query' });
  const system = await startSystem(config, pino({ level: 'error' }, pino.destination(2)));
  const app = await buildApp(system.services, { trustedProxies: [] });
  const stop = async () => {
    await app.close();
    await system.stop();
  };
  try {
    return { url: await app.listen({ host: '127.0.0.1', port: 0 }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
