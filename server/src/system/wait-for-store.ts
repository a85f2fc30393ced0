import { setTimeout as delay } from 'node:timers/promises';
import { ClickHouseError } from '@clickhouse/client';
import { Backoff } from '../lib/backoff.js';
import { type Log, messageOf } from '../lib/log.js';
import { UnsupportedSchema } from '../lib/schema.js';

/** A store given by URL can't be used. The message names the variable. */
export class StoreUnreachable extends Error {
  override name = 'StoreUnreachable';
}

const FIRST_PAUSE_MS = 200;
const PAUSE_MS_MAX = 5_000;

/**
 * Waits for a server that was given by URL: what a start needs of it is tried again, ever more rarely, until it works or the time
 * is over, and the log says what is waited for. What waiting can't mend ends it at once.
 *
 * @param variable the setting that names the server, for the log and the error
 * @param work may be run many times
 * @throws StoreUnreachable, or UnsupportedSchema
 */
export async function reach<T>(
  variable: string,
  work: () => Promise<T>,
  options: { waitMsMax: number; log: Log },
): Promise<T> {
  const backoff = new Backoff(FIRST_PAUSE_MS, PAUSE_MS_MAX);
  const startedAt = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UnsupportedSchema) throw error;
      const waitedMs = performance.now() - startedAt;
      const pauseMs = Math.min(backoff.next(), options.waitMsMax - waitedMs);
      if (isForGood(error) || pauseMs <= 0) {
        const waited = waitedMs < 1_000 ? '' : ` after ${Math.round(waitedMs / 1_000)} s`;
        throw new StoreUnreachable(`${variable}: the server can not be used${waited}: ${messageOf(error)}`);
      }
      options.log.warn(
        { waitsFor: variable, error: messageOf(error), waitedMs: Math.round(waitedMs) },
        `the start waits for the server of ${variable}`,
      );
      await delay(pauseMs);
    }
  }
}

/**
 * Wrong credentials, no such database, a statement that the server does not understand: PostgreSQL's classes 28 and 42 and 3D000;
 * ClickHouse's 62 SYNTAX_ERROR, 192 UNKNOWN_USER, 193 WRONG_PASSWORD, 516 AUTHENTICATION_FAILED.
 */
function isForGood(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? '');
  if (error instanceof ClickHouseError) return ['62', '192', '193', '516'].includes(code);
  return /^(?:28|42)\w{3}$|^3D000$/.test(code) || /^(?:WRONGPASS|NOAUTH)\b/.test(messageOf(error));
}
