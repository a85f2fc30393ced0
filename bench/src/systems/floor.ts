import { fileURLToPath } from 'node:url';
import { type BenchSystem, end, startNode } from './system.js';

const SCRIPT = fileURLToPath(new URL('../baseline/empty.js', import.meta.url));

/** An empty handler: what this machine can do at all. */
export async function startFloor(): Promise<BenchSystem> {
  const { child, port } = await startNode(SCRIPT, [], {});
  return {
    name: 'empty handler',
    host: '127.0.0.1',
    port,
    roots: [child.pid ?? 0],
    hasAnalytics: false,
    stop: () => end(child),
  };
}
