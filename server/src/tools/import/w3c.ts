import type { Line } from './lines.js';
import { type LogParts, recordOf } from './log-record.js';
import type { ReadRecord } from './records.js';

/** Which field of the W3C's extended log format (https://www.w3.org/TR/WD-logfile), of IIS and CloudFront, is which part. */
const PARTS: Record<string, keyof LogParts> = {
  'c-ip': 'ip',
  'cs-username': 'user',
  'cs-method': 'method',
  'cs-uri-stem': 'path',
  'cs-uri': 'path',
  'cs-uri-query': 'query',
  'sc-status': 'status',
  'sc-bytes': 'bytes',
  'cs(referer)': 'referrer',
  'cs(user-agent)': 'userAgent',
  'cs-host': 'vhost',
  'cs(host)': 'vhost',
  'x-host-header': 'vhost',
};
/** The fields of CloudFront's standard logs that matter here, in their order, for files without a head. */
const CLOUDFRONT =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query';

/** Reads the W3C's extended log format, its fields named by a `#Fields:` line. Times are UTC, as the format has it. */
export class W3cReader {
  #fields: readonly string[] | null;
  readonly #isCloudFront: boolean;
  readonly #queryNames: readonly string[];

  constructor(isCloudFront: boolean, queryNames: readonly string[]) {
    this.#isCloudFront = isCloudFront;
    this.#fields = isCloudFront ? CLOUDFRONT.toLowerCase().split(' ') : null;
    this.#queryNames = queryNames;
  }

  /** Lines that begin with `#` are about the log, and none of it. */
  push({ line, text }: Line & { text: string }): ReadRecord[] {
    if (text.startsWith('#')) {
      const fields = /^#Fields:\s*(.*)$/i.exec(text)?.[1];
      if (fields !== undefined) this.#fields = fields.trim().toLowerCase().split(/\s+/);
      return [];
    }
    const bad = (error: string): ReadRecord[] => [{ line, record: null, error }];
    if (this.#fields === null) return bad('No #Fields: line comes before');
    const values = text.includes('\t') ? text.split('\t') : (text.match(/"[^"]*"|\S+/g) ?? []);
    if (values.length < this.#fields.length && !(this.#isCloudFront && values.length > 5))
      return bad(`Expected ${this.#fields.length} fields as in #Fields, found ${values.length}`);
    const parts: Record<string, string> = {};
    let date = '';
    let time = '';
    for (const [i, field] of this.#fields.entries()) {
      const value = values[i] ?? '';
      if (field === 'date') date = value;
      else if (field === 'time') time = value;
      else if (PARTS[field]) parts[PARTS[field]] ??= this.#textOf(PARTS[field], value);
    }
    const record = recordOf({ ...parts, time: `${date}T${time}Z` }, this.#queryNames);
    return [{ line, record, text }];
  }

  /** Spaces can't stand in a value: CloudFront escapes them, IIS writes `+`. */
  #textOf(part: keyof LogParts, value: string): string {
    if (part !== 'userAgent' && part !== 'referrer') return value;
    const plain = value.replace(/^"(.*)"$/, '$1');
    if (!this.#isCloudFront) return plain.includes(' ') ? plain : plain.replaceAll('+', ' ');
    // Older ones escape the escapes, too.
    return unescaped(unescaped(plain));
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
