import type { Logger } from 'pino';

/** What the parts log to: pino's interface, so that tests can pass a silent one. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;

export const silentLog: Log = { info() {}, warn() {}, error() {}, debug() {} };

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
