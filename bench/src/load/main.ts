// The load generator as a process of its own: plan on the command line, summary on standard output.
import { type ClickMix, makeBatches, makeRequests } from './clicks.js';
import { type LoadPlan, quantile, runOpenLoop } from './open-loop.js';

export type LoadTask = LoadPlan & { mix: ClickMix['ids']; batchSize?: number; apiKey?: string };

export interface LoadSummary {
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
  refusedP99: number;
  fromSendP99: number;
  refusedFromSendP99: number;
  statuses: Record<number, number>;
  unsent: number;
  repliesPerSecond: number;
  acceptedPerSecond: number;
  /** Of the generator itself. */
  cpuSeconds: number;
}

// Whoever started us is gone.
process.once('disconnect', () => process.exit(1));
const task = JSON.parse(process.argv[2] ?? '{}') as LoadTask;
const host = `${task.host}:${task.port}`;
const next = task.batchSize
  ? makeBatches(host, task.batchSize)
  : makeRequests({ ids: task.mix, host, apiKey: task.apiKey });
const { latencies, refusalLatencies, fromSend, refusalsFromSend, ...rest } = await runOpenLoop(task, next);
const { user, system } = process.cpuUsage();
const summary: LoadSummary = {
  p50: quantile(latencies, 0.5),
  p90: quantile(latencies, 0.9),
  p99: quantile(latencies, 0.99),
  p999: quantile(latencies, 0.999),
  max: latencies.at(-1) ?? Number.NaN,
  refusedP99: quantile(refusalLatencies, 0.99),
  fromSendP99: quantile(fromSend, 0.99),
  refusedFromSendP99: quantile(refusalsFromSend, 0.99),
  ...rest,
  cpuSeconds: (user + system) / 1e6,
};
// The channel to the parent, once it is listened to, would keep us.
process.stdout.write(JSON.stringify(summary), () => process.exit(0));
