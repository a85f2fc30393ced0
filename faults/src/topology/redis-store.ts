import { type ChildProcess, spawn } from 'node:child_process';
import { Redis } from 'ioredis';

/** A redis-server of the run's own, without persistence. */
export class RedisStore {
  #child: ChildProcess | null = null;

  constructor(
    readonly port: number,
    private readonly dir: string,
  ) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Does nothing when it runs. */
  async start(): Promise<void> {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) return;
    const child = spawn(
      'redis-server',
      [
        '--port',
        String(this.port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--appendonly',
        'no',
        '--dir',
        this.dir,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('error', () =>
        reject(new Error('redis-server is missing. Install it: apt-get install redis-server')),
      );
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
      child.stdout?.on('data', (data) => String(data).includes('Ready to accept') && resolve());
    });
  }

  async flush(): Promise<void> {
    const client = new Redis({ port: this.port, maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => undefined); // shows as the rejection of the command
    try {
      await client.flushall();
    } finally {
      client.disconnect();
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }
}
