import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from '@clickledger/server/lib/backoff.js';
import { SERVER_NODE_ARGS } from '@clickledger/server/lib/node-args.js';

const MAIN = createRequire(import.meta.url).resolve('@clickledger/server/main.js');
const STEP_CLOCK = fileURLToPath(new URL('../../step-clock.cjs', import.meta.url));
/** Pause before a server that ended is started again, as a supervisor does. */
const RESTART_MS = 200;
const READY_MS_MAX = 120_000;

/** One ClickLedger process under a supervisor that starts it again whenever it ends. */
export class ServerNode {
  readonly url: string;
  readonly #clockFile: string;
  readonly #logFile: string;
  #child: ChildProcess | null = null;
  #wanted = true;
  #isReady = false;
  /** Set when we ended it ourselves: its end is then no finding. */
  #endedByUs = false;
  #loop: Promise<void>;

  constructor(
    readonly name: string,
    private readonly options: {
      dataDir: string;
      port: number;
      env: Record<string, string>;
      /** Called when it ended by itself after it was ready. */
      onUnexpectedEnd: (how: string) => void;
    },
  ) {
    const { dataDir, port } = options;
    mkdirSync(dataDir, { recursive: true });
    this.url = `http://127.0.0.1:${port}`;
    this.#clockFile = join(dataDir, 'clock-ahead-ms');
    this.#logFile = join(dataDir, 'server.log');
    this.stepClock(0);
    this.#loop = this.#supervise();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Sets its wall clock ahead of the true one, or behind. */
  stepClock(aheadMs: number): void {
    writeFileSync(this.#clockFile, String(aheadMs));
  }

  /** SIGKILL and SIGTERM end it; the supervisor starts it again. */
  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.#endedByUs = true;
    this.#child?.kill(signal);
  }

  /** Resolves when it takes requests. */
  async ready(): Promise<void> {
    for (const deadline = Date.now() + READY_MS_MAX; !this.#isReady; await sleep(50))
      if (Date.now() > deadline) throw new Error(`${this.name} does not start; see ${this.#logFile}`);
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    await this.#loop;
  }

  async #supervise(): Promise<void> {
    while (this.#wanted) {
      await this.#runOnce();
      this.#isReady = false;
      await sleep(RESTART_MS);
    }
  }

  async #runOnce(): Promise<void> {
    const { dataDir, port, env, onUnexpectedEnd } = this.options;
    this.#endedByUs = false;
    const child = spawn(process.execPath, [...SERVER_NODE_ARGS, '-r', STEP_CLOCK, MAIN], {
      env: {
        PATH: process.env.PATH ?? '',
        DATA_DIR: dataDir,
        PORT: String(port),
        NODE_NAME: this.name,
        LOG_LEVEL: 'info',
        TRUSTED_PROXIES: '127.0.0.1',
        FAULTS_CLOCK_FILE: this.#clockFile,
        ...env,
      },
      // The channel tells it when we are gone, however we ended.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    const hear = (data: Buffer) => {
      appendFileSync(this.#logFile, data);
      if (String(data).includes('ClickLedger is ready')) this.#isReady = true;
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    const how = await new Promise<string>((resolve) =>
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`)),
    );
    if (this.#isReady && this.#wanted && !this.#endedByUs) onUnexpectedEnd(how);
    this.#child = null;
  }
}
