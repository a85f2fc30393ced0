import { isoTimeOf, type LogParts, unescapeQuotes } from './log-record.js';
import { ImportError } from './records.js';

/** What each of GoAccess' specifiers is here (https://goaccess.io/man, "custom log/date format"); '' is read over. */
const SPECIFIERS: Record<string, keyof LogParts | 'date' | 'clock' | ''> = {
  x: 'time',
  d: 'date',
  t: 'clock',
  v: 'vhost',
  e: 'user',
  h: 'ip',
  r: 'request',
  m: 'method',
  U: 'path',
  q: 'query',
  s: 'status',
  b: 'bytes',
  R: 'referrer',
  u: 'userAgent',
  ...Object.fromEntries([...'^HCKkMDTLnN'].map((letter) => [letter, ''])),
};
const TOKEN = /%(.)|\\t|[^%\\]|\\/gs;
const ZONE = /(?:^|\d)\s*(Z|UTC|[+-]\d\d:?\d\d)$/;
/** `%~`, and a part that ends before it. Each takes all that it can or nothing: several in a row would try every split of a line. */
const WHITE_SPACE = '\\s*(?!\\s)';
const WORD = '\\S*(?!\\S)';
/** Longest pattern. */
const PATTERN_LENGTH_MAX = 1_000;

/** Reads a line; null when it is not as the pattern says. */
export type ReadParts = (text: string) => LogParts | null;

/**
 * Makes a reader of lines from a pattern in GoAccess' language: `%h %^[%d:%t %^] "%r" %s %b "%R" "%u"`. A specifier takes what comes
 * before the character that follows it in the pattern, `%^` is read over, `%~` is white space. A `%^` right after `%t` may hold the
 * zone. Each part ends at its own character, so the time is linear.
 */
export function compilePattern(pattern: string): ReadParts {
  const wrong = (why: string) => new ImportError(`The log format "${pattern.slice(0, 100)}": ${why}`);
  if (pattern.length > PATTERN_LENGTH_MAX) throw wrong(`longer than ${PATTERN_LENGTH_MAX} characters`);
  const tokens = [...pattern.matchAll(TOKEN)].map(([text, letter]) => ({
    letter,
    text: text === '\\t' ? '\t' : text,
  }));
  const names: string[] = [];
  let source = '^';
  let before = '';
  for (const [i, { letter, text }] of tokens.entries()) {
    if (letter === undefined) source += literal(text);
    else if (letter === '~') source += WHITE_SPACE;
    else {
      const name = SPECIFIERS[letter];
      if (name === undefined) throw wrong(`there is no %${letter}`);
      const next = tokens[i + 1];
      if (next?.letter !== undefined && next.letter !== '~') throw wrong(`nothing ends %${letter}`);
      names.push(name === '' && before === 'clock' ? 'zone' : name);
      source += `(${next?.letter === '~' ? WORD : upTo(next?.text, name)})`;
      before = name;
    }
  }
  const has = (name: string) => names.includes(name);
  if (!has('time') && !(has('date') && has('clock'))) throw wrong('there is no time: %x, or %d and %t');
  if (!has('request') && !has('path')) throw wrong('there is no request: %r or %U');
  const line = new RegExp(source, 's');

  return (text) => {
    const found = line.exec(text);
    if (found === null) return null;
    const parts: Record<string, string> = {};
    for (const [i, name] of names.entries())
      if (name !== '') parts[name] = unescapeQuotes(found[i + 1] ?? '');
    const time = timeOf(parts);
    return time === null ? null : ({ ...parts, time } as LogParts);
  };
}

function timeOf({ time, date = '', clock = '', zone = '' }: Record<string, string>): string | null {
  if (time !== undefined) return isoTimeOf(time);
  const day = isoTimeOf(date);
  if (day === null) return null;
  return `${day}T${clock}${ZONE.exec(zone)?.[1] ?? ''}`;
}

/** The pattern of a part that ends before a character, or with the line. */
function upTo(end: string | undefined, name: string): string {
  if (end === undefined) return '.*';
  if (end === '"') return '(?:[^"\\\\]|\\\\.)*';
  const plain = `[^${literal(end)}]*`;
  return name === 'ip' && end === ':' ? `\\[[^\\]]*\\]|${plain}` : plain;
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
