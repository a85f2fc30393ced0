import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.js';

export interface LoadPlan {
  host: string;
  port: number;
  /** Requests a second, sent whether the server keeps up or not. */
  rate: number;
  seconds: number;
  /** Sent before the measured seconds, at the same rate. */
  warmupSeconds: number;
  connections: number;
  /** TCP segments of a request: 2 for clients that send its head first, then its body. 1 unless told otherwise. */
  segments?: 1 | 2;
}

export interface LoadResult {
  /** Milliseconds from the intended send time to the whole reply, sorted, of accepted requests (2xx). */
  latencies: Float64Array;
  /** The same of refused ones (503). */
  refusalLatencies: Float64Array;
  /** The same of both, from the moment a connection was free: without the wait that only more connections would spare. */
  fromSend: Float64Array;
  refusalsFromSend: Float64Array;
  /** Replies by status, warm-up included; 0 is a lost connection. */
  statuses: Record<number, number>;
  /** Requests that found no free connection within their run. */
  unsent: number;
  /**
   * Replies that came in the measured seconds, a second, whatever request they are for: past saturation they are for requests that
   * were due long before.
   */
  repliesPerSecond: number;
  acceptedPerSecond: number;
}

const TICK_MS = 1;
/** Requests that wait for a connection; more are counted as unsent. */
const WAITING_MAX = 200_000;
/** After the last request was due; what is not answered then is counted as unsent. */
const DRAIN_MS_MAX = 3_000;

/**
 * Open-loop load: request i is due at start + i/rate, whatever became of the ones before, and its latency counts from
 * then. A generator that waits for replies before it sends again (closed loop) would hide the server's pauses.
 */
export async function runOpenLoop(plan: LoadPlan, nextRequest: () => string): Promise<LoadResult> {
  const idle: Connection[] = [];
  const all = Array.from(
    { length: plan.connections },
    () => new Connection(plan.host, plan.port, plan.segments ?? 1),
  );
  for (const connection of all) await connection.open();
  idle.push(...all);

  const total = Math.round(plan.rate * (plan.warmupSeconds + plan.seconds));
  const measuredFrom = Math.round(plan.rate * plan.warmupSeconds);
  const accepted = new Float64Array(total - measuredFrom);
  const refused = new Float64Array(total - measuredFrom);
  const acceptedFromSend = new Float64Array(total - measuredFrom);
  const refusedFromSend = new Float64Array(total - measuredFrom);
  let acceptedCount = 0;
  let refusedCount = 0;
  let acceptedInTime = 0;
  let repliesInTime = 0;
  const statuses: Record<number, number> = {};
  const waiting: number[] = [];
  let waitingHead = 0;
  let due = 0;
  let unsent = 0;
  let inFlight = 0;
  let isOver = false;
  const startedAt = performance.now() + 20;
  const intervalMs = 1_000 / plan.rate;
  const measureStartsAt = startedAt + plan.warmupSeconds * 1_000;
  const measureEndsAt = startedAt + (plan.warmupSeconds + plan.seconds) * 1_000;

  const send = (index: number, connection: Connection) => {
    inFlight++;
    const sentAt = performance.now();
    connection.send(nextRequest(), (status) => {
      if (isOver) return;
      inFlight--;
      const repliedAt = performance.now();
      statuses[status] = (statuses[status] ?? 0) + 1;
      const isAccepted = status >= 200 && status < 300;
      if (repliedAt >= measureStartsAt && repliedAt < measureEndsAt) {
        repliesInTime++;
        if (isAccepted) acceptedInTime++;
      }
      if (index >= measuredFrom) {
        const latency = repliedAt - (startedAt + index * intervalMs);
        if (isAccepted) {
          acceptedFromSend[acceptedCount] = repliedAt - sentAt;
          accepted[acceptedCount++] = latency;
        } else {
          refusedFromSend[refusedCount] = repliedAt - sentAt;
          refused[refusedCount++] = latency;
        }
      }
      if (!connection.isOpen) {
        connection.open().then(
          () => release(connection),
          () => undefined,
        );
      } else release(connection);
    });
  };
  const release = (connection: Connection) => {
    if (waitingHead < waiting.length) send(waiting[waitingHead++] as number, connection);
    else idle.push(connection);
  };

  await sleep(20);
  while (due < total) {
    const until = Math.min(total, Math.floor((performance.now() - startedAt) / intervalMs) + 1);
    for (; due < until; due++) {
      const connection = idle.pop();
      if (connection) send(due, connection);
      else if (waiting.length - waitingHead < WAITING_MAX) waiting.push(due);
      else unsent++;
    }
    await sleep(TICK_MS);
  }
  for (const deadline = performance.now() + DRAIN_MS_MAX; performance.now() < deadline; await sleep(5))
    if (inFlight === 0 && waitingHead === waiting.length) break;
  unsent += waiting.length - waitingHead + inFlight;
  isOver = true;
  for (const connection of all) connection.close();
  return {
    latencies: accepted.slice(0, acceptedCount).sort(),
    refusalLatencies: refused.slice(0, refusedCount).sort(),
    fromSend: acceptedFromSend.slice(0, acceptedCount).sort(),
    refusalsFromSend: refusedFromSend.slice(0, refusedCount).sort(),
    statuses,
    unsent,
    repliesPerSecond: repliesInTime / plan.seconds,
    acceptedPerSecond: acceptedInTime / plan.seconds,
  };
}

/** The value below which the share `q` (0 to 1) of sorted values lies; NaN of none. */
export function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
