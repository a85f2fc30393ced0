import { recordOf } from './log-record.js';
import { lookUp, textOf } from './ndjson.js';
import type { ReadRecord } from './records.js';

/** Reads one line of Caddy's access log: JSON (https://caddyserver.com/docs/logging). */
export function parseCaddy(line: number, text: string, queryNames: readonly string[]): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, record: null, error: 'Not JSON' };
  }
  const at = (path: string) => textOf(lookUp(value, path)) ?? '';
  const header = (name: string) => {
    const values = lookUp(value, `request.headers.${name}`);
    return textOf(Array.isArray(values) ? values[0] : values) ?? '';
  };
  if (at('ts') === '' || at('request.uri') === '')
    return { line, record: null, error: 'Not a line of Caddy’s access log: no ts, or no request.uri' };
  const record = recordOf(
    {
      time: at('ts'),
      ip: at('request.client_ip') || at('request.remote_ip') || at('request.remote_addr'),
      vhost: at('request.host'),
      user: at('user_id'),
      method: at('request.method'),
      path: at('request.uri'),
      status: at('status'),
      bytes: at('size'),
      referrer: header('Referer'),
      userAgent: header('User-Agent'),
    },
    queryNames,
  );
  return { line, record, text: text.trim() };
}
