import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mendAfterFullDisk } from './full-disk.js';
import { makeHttpServer } from './http-server.js';
import { noteEngine } from './orphan.js';
import { SessionPool } from './sessions.js';

/** What the parent sends first. */
export interface EngineOptions {
  dataDir: string;
  username: string;
  password: string;
  /** 0: any free port. */
  port: number;
  memoryBytesMax: number;
  /**
   * Priorities of the engine's threads. The engine sets them only with the right to (CAP_SYS_NICE: root, or a container that was given
   * it) and else leaves all at the process's own; with it, a thread is at 0 after its query, so every kind of query has one.
   */
  nice: { reads: number; inserts: number; merges: number };
}

/** How long running queries may take when the engine stops: their readers have stopped before. */
const STOP_MS_MAX = 1_000;
/** With less room on the disk than this an insert is refused whole: what a full disk cuts off, the engine takes for written. */
const FREE_DISK_BYTES_MIN = 64 * 1_024 ** 2;

/**
 * Server settings of the engine. Memory capped; no system log tables (they have eaten gigabytes on small machines:
 * langfuse 13123, trigger.dev 4343). What the engine counts of its memory is held against what the system says twice a second: twenty times, as
 * is usual, is a fifth of what an idle engine spends.
 */
const config = (options: EngineOptions) => `<clickhouse>
  <max_server_memory_usage>${options.memoryBytesMax}</max_server_memory_usage>
  <mark_cache_size>268435456</mark_cache_size>
  <os_threads_nice_value_merge_mutate>${options.nice.merges}</os_threads_nice_value_merge_mutate>
  <memory_worker_period_ms>500</memory_worker_period_ms>
  <background_pool_size>2</background_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <merge_tree>
    <min_free_disk_bytes_to_perform_insert>${FREE_DISK_BYTES_MIN}</min_free_disk_bytes_to_perform_insert>
  </merge_tree>
</clickhouse>
`;

function main(options: EngineOptions): void {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  noteEngine(options.dataDir);
  mendAfterFullDisk(options.dataDir);
  const configFile = join(options.dataDir, 'engine.xml');
  writeFileSync(configFile, config(options), { mode: 0o600 });
  const pool = new SessionPool(options.dataDir, [
    `--config-file=${configFile}`,
    '--async_insert=0',
    `--os_threads_nice_value_materialized_view=${options.nice.inserts}`,
  ]);
  const server = makeHttpServer(pool, options);

  const stop = () => {
    server.close(() => {
      pool.close();
      process.exit(0);
    });
    server.closeIdleConnections();
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
  };
  process.on('message', (message: { type?: string }) => message.type === 'stop' && stop());
  server.once('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  server.listen(options.port, '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    process.send?.({ type: 'ready', port });
  });
}

// The parent is gone, however it ended: leave the data directory to the next start.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the parent stops us in its order.
process.on('SIGINT', () => undefined);
process.once('message', (options: EngineOptions) => main(options));
