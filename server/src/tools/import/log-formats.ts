import { readTime } from '@clickledger/contract';
import { readAddress } from '../../lib/address.js';
import { parseCaddy } from './caddy.js';
import { combinedKind, parseCombined, withoutSyslog } from './combined.js';
import type { Line } from './lines.js';
import { compilePattern, type ReadParts } from './log-pattern.js';
import { recordOf } from './log-record.js';
import { ImportError, type ReadRecord } from './records.js';
import { W3cReader } from './w3c.js';

/** Formats that differ from the combined one in their order alone, in the language of `compilePattern`. */
const PATTERNS = {
  awsalb: '%^ %x %^ %h %^ %^ %^ %^ %s %^ %^ %b "%r" "%u"',
  awselb: '%x %^ %h %^ %^ %^ %^ %s %^ %^ %b "%r" "%u"',
  awss3: '%^ %v [%x] %h %^ %^ %^ %^ "%r" %s %^ %b %^ %^ %^ "%R" "%u"',
  squid: '%x %~%^ %h %^/%s %b %m %U %^',
} as const;

/** Names that GoAccess gives these formats. */
export const LOG_FORMATS = [
  'combined',
  'vcombined',
  'common',
  'vcommon',
  'traefikclf',
  'w3c',
  'cloudfront',
  'caddy',
  ...(Object.keys(PATTERNS) as (keyof typeof PATTERNS)[]),
] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What reads the lines of a log one by one. */
export type ReadLine = (line: Line & { text: string }) => ReadRecord[];

/** A format by its name, in any case, or by a pattern. Throws `ImportError` when it is neither. */
export function makeLogReader(format: string, queryNames: readonly string[]): ReadLine {
  const name = format.toLowerCase() as LogFormat;
  switch (name) {
    case 'combined':
    case 'common':
    case 'traefikclf':
    case 'vcombined':
    case 'vcommon': {
      const options = { queryNames, hasVhost: name.startsWith('v') };
      return ({ line, text, terminated }) => [parseCombined(line, text, terminated, options)];
    }
    case 'w3c':
    case 'cloudfront': {
      const reader = new W3cReader(name === 'cloudfront', queryNames);
      return (line) => reader.push(line);
    }
    case 'caddy':
      return ({ line, text }) => [parseCaddy(line, text, queryNames)];
    default: {
      if (!(name in PATTERNS) && !format.includes('%'))
        throw new ImportError(
          `There is no log format "${format}"; there are ${LOG_FORMATS.join(', ')}, or a pattern such as %h %^[%x] "%r"`,
        );
      return byPattern(compilePattern(name in PATTERNS ? PATTERNS[name] : format), queryNames);
    }
  }
}

const byPattern =
  (read: ReadParts, queryNames: readonly string[]): ReadLine =>
  ({ line, text: written }) => {
    const text = withoutSyslog(written);
    const parts = read(text);
    if (parts === null) return [{ line, record: null, error: 'Not in the log format' }];
    return [{ line, record: recordOf(parts, queryNames), text }];
  };

/** Of the first lines of a file, which format of a log they are in; null: none that has a name. */
export function guessLogFormat(lines: readonly string[]): LogFormat | null {
  const head = lines.filter((line) => line.startsWith('#')).join('\n');
  if (/^#Fields:/im.test(head)) return /x-edge-location/i.test(head) ? 'cloudfront' : 'w3c';
  const isMost = (is: (line: string) => boolean) =>
    lines.length > 0 && lines.filter(is).length * 2 > lines.length;
  if (isMost((line) => line.startsWith('{') && /"request":\s*\{/.test(line) && /"ts":/.test(line)))
    return 'caddy';
  for (const kind of ['combined', 'vcombined', 'common', 'vcommon'] as const)
    if (
      isMost(
        (line) => combinedKind(line)?.replace('combined', 'common') === kind.replace('combined', 'common'),
      )
    )
      return isMost((line) => combinedKind(line) === kind)
        ? kind
        : (kind.replace('combined', 'common') as LogFormat);
  for (const [name, pattern] of Object.entries(PATTERNS) as [keyof typeof PATTERNS, string][]) {
    const read = compilePattern(pattern);
    const fits = (line: string) => {
      const parts = read(line);
      return parts !== null && readAddress(parts.ip ?? '') !== null && 'time' in readTime(parts.time);
    };
    if (isMost(fits)) return name;
  }
  return null;
}
