import { type DestinationStream, type Logger, pino } from 'pino';

/** What the parts log to: pino's interface, so that tests can pass a silent one. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;

export const silentLog: Log = { info() {}, warn() {}, error() {}, debug() {} };

/** The most of an error's message that is logged. */
const MESSAGE_LENGTH_MAX = 500;

/** The log of this process: one JSON line an event. Whatever is logged as `error` loses the values in it. */
export function makeLog(settings: { level: string; node: string }, output: DestinationStream): Log {
  return pino(
    {
      level: settings.level,
      base: { node: settings.node },
      serializers: { error: (error: unknown) => (typeof error === 'string' ? withoutValues(error) : error) },
    },
    output,
  );
}

/**
 * A store's message names the value that it could not take, and that value is a click's: a user id, an address. What stands in
 * single quotes (ClickHouse's values and PostgreSQL's literals), behind a colon in double quotes, or behind "=(" (the key of a
 * constraint, from PostgreSQL) is cut out; names of tables and constraints stay.
 */
export function withoutValues(message: string): string {
  return message
    .slice(0, MESSAGE_LENGTH_MAX * 4)
    .replace(/'(?:[^'\\]|\\.|'')*'/gs, "'…'")
    .replace(/: "[^"]*"/g, ': "…"')
    .replace(/=\([^)]*\)/g, '=(…)')
    .slice(0, MESSAGE_LENGTH_MAX);
}

/** Frames of a stack that are logged, of an error and of each of its causes. */
const FRAMES_MAX = 12;
const CAUSES_MAX = 3;

/** An error as it is logged: its message, a store's code, and where it was thrown. Values stay out of the frames too. */
export function errorFields(error: unknown): { error: string; code?: string; stack: string } {
  const code = (error as { code?: unknown } | null)?.code;
  return {
    error: messageOf(error),
    ...(typeof code === 'string' ? { code } : {}),
    stack: framesOf(error, CAUSES_MAX),
  };
}

/** The frames alone: the head of a stack repeats the message, with the values in it. */
function framesOf(error: unknown, causesMax: number): string {
  if (!(error instanceof Error)) return '';
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const frames = lines.slice(0, FRAMES_MAX).join('\n');
  if (error.cause === undefined || causesMax === 0) return frames;
  return `${frames}\ncaused by: ${withoutValues(messageOf(error.cause))}\n${framesOf(error.cause, causesMax - 1)}`;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
