import { type ChildProcess, spawn } from 'node:child_process';
import { idsOfTree } from '../processes.js';

const START_MS_MAX = 180_000;
const END_MS_MAX = 60_000;

/** A system under load. */
export interface BenchSystem {
  name: string;
  host: string;
  port: number;
  /** Process ids whose descendants belong to it as well. */
  roots: number[];
  /** True when it has the query API (ours); the baseline only takes clicks. */
  hasAnalytics: boolean;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
let isEnding = false;

/** Starts a Node script and resolves with the port it prints as `ready: …<port>`. */
export function startNode(
  script: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ child: ChildProcess; port: number }> {
  if (isEnding) return Promise.reject(new Error('the bench is being stopped'));
  const child = spawn(
    process.execPath,
    [...(env.BENCH_NODE_ARGS?.split(' ').filter(Boolean) ?? []), script, ...args],
    {
      env: { PATH: process.env.PATH ?? '', ...env },
      // The fourth channel tells it when we are gone, however we ended: it then stops by itself.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  running.add(child);
  let output = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`${script} was not ready after ${START_MS_MAX / 1_000} s: ${output}`));
      void end(child);
    }, START_MS_MAX);
    const hear = (data: Buffer) => {
      output = (output + data).slice(-20_000);
      const port = /ready:\s+(?:http:\/\/[\d.]+:)?(\d+)/.exec(output)?.[1];
      if (!port) return;
      clearTimeout(late);
      resolve({ child, port: Number(port) });
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', (data: Buffer) => {
      hear(data);
      process.stderr.write(data);
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      running.delete(child);
      reject(new Error(`${script} ended with ${code}: ${output}`));
    });
  });
}

/** SIGTERM, and wait. What has not stopped by then is killed with all its descendants. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const late = setTimeout(() => {
    for (const pid of idsOfTree([child.pid ?? 0]))
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
  }, END_MS_MAX);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(late);
}

/** Ends whatever `startNode` has started, and lets nothing start any more: for a bench that is stopped in the middle. */
export async function endAll(): Promise<void> {
  isEnding = true;
  await Promise.all([...running].map(end));
}
