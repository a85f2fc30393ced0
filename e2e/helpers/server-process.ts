import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const MAIN = join(ROOT, 'server/dist/main.js');

export interface ServerProcess {
  url: string;
  child: ChildProcess;
  /** Everything it printed so far. */
  output: () => string;
  /** Sends the signal and resolves with the exit code (null when the signal ended it). */
  end: (signal: NodeJS.Signals) => Promise<number | null>;
}

export const removeDataDir = (dir: string) => rmSync(dir, { recursive: true, force: true });

/** Starts the built server as `npm start` does; resolves when it prints its URL, rejects with its output when it ends. */
export function startServer(dataDir: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  return start(process.execPath, [MAIN], dataDir, env);
}

/** The same with the command of the README. */
export const startNpm = (dataDir: string) => start('npm', ['start'], dataDir, {});

function start(
  command: string,
  args: string[],
  dataDir: string,
  env: Record<string, string>,
): Promise<ServerProcess> {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return new Promise((resolve, reject) => {
    const hear = (data: Buffer) => {
      output += data;
      const url = /ready:\s+(http:\S+)/.exec(output)?.[1];
      if (url)
        resolve({
          url,
          child,
          output: () => output,
          end: (signal) => {
            child.kill(signal);
            return exited;
          },
        });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void exited.then((code) => setTimeout(() => reject(new Error(`exit ${code}: ${output}`)), 50));
  });
}

export const getJson = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;

const UNPACK: Record<string, (packed: Buffer) => Buffer> = { br: brotliDecompressSync, gzip: gunzipSync };

/** A file as it is sent to somebody who takes these encodings; `fetch` hides how it came. */
export async function getPacked(
  url: string,
  acceptEncoding: string,
): Promise<{ headers: IncomingHttpHeaders; text: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': acceptEncoding } }, resolve).once('error', reject);
  });
  const body = await buffer(response);
  const unpack = UNPACK[response.headers['content-encoding'] ?? ''];
  return { headers: response.headers, text: (unpack ? unpack(body) : body).toString() };
}

export const postJson = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
    signal: AbortSignal.timeout(20_000),
  });

/** Waits until analytics has everything that the ledger has. */
export async function caughtUp(url: string): Promise<Stats> {
  let last: unknown = 'no answer';
  for (let i = 0; i < 1_200; i++) {
    try {
      const stats = await getJson<Stats>(`${url}/api/v1/admin/stats`);
      if (stats.lag?.rows === 0) return stats;
      last = JSON.stringify(stats);
    } catch (error) {
      last = error; // a server that is starting, or a store that is coming back
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`analytics did not catch up: ${last}`);
}
interface Stats {
  lag: { rows: number };
  ledger: Counts;
  analytics: Counts;
}
interface Counts {
  clicks: number;
  fraud_clicks: number;
}
