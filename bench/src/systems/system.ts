import { type ChildProcess, spawn } from 'node:child_process';

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

/** Starts a Node script and resolves with the port it prints as `ready: …<port>`. */
export function startNode(
  script: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [...(env.BENCH_NODE_ARGS?.split(' ') ?? []), script, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  return new Promise((resolve, reject) => {
    const hear = (data: Buffer) => {
      output = (output + data).slice(-20_000);
      const port = /ready:\s+(?:http:\/\/[\d.]+:)?(\d+)/.exec(output)?.[1];
      if (port) resolve({ child, port: Number(port) });
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', (data: Buffer) => {
      hear(data);
      process.stderr.write(data);
    });
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}: ${output}`)));
  });
}

/** SIGTERM, and wait. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
