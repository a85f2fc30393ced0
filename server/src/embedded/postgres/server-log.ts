import { type Log, withoutValues } from '../../lib/log.js';

/** What the server says to whoever asks too early or too late: we ask every 50 ms while it starts. */
const NOT_READY =
  /FATAL: {1,2}the database system is (?:starting up|shutting down|in recovery mode|not yet accepting)/;

/** A line of the embedded server's own log, in ours. It may name a value that it could not take: that is cut out. */
export function logServerLine(log: Log, line: string): void {
  const text = withoutValues(line.trim());
  if (text === '') return;
  if (/\b(?:WARNING|ERROR|FATAL|PANIC):/.test(text) && !NOT_READY.test(text))
    log.warn({ store: 'postgres' }, text);
  else log.debug({ store: 'postgres' }, text);
}
