import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export interface TestRedis {
  url: string;
  port: number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A real redis-server of our own, without persistence. */
export async function startRedis(args: string[] = []): Promise<TestRedis> {
  const port = await freePort();
  const dir = join(tmpdir(), `clickledger-redis-${port}`);
  let child: ChildProcess | undefined;
  const redis: TestRedis = {
    url: `redis://127.0.0.1:${port}`,
    port,
    async start() {
      mkdirSync(dir, { recursive: true });
      const started = spawn('redis-server', [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--dir',
        dir,
        ...args,
      ]);
      child = started;
      await new Promise<void>((resolve, reject) => {
        started.once('error', () =>
          reject(new Error('redis-server is missing. Install it: apt-get install redis-server')),
        );
        started.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
        started.stdout.on('data', (data) => String(data).includes('Ready to accept') && resolve());
      });
    },
    async stop() {
      const running = child;
      child = undefined;
      if (running) {
        const ended = new Promise((resolve) => running.once('exit', resolve));
        running.kill('SIGKILL');
        await ended;
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}
