/** A time as the API has it, or what is wrong with it, for a person. */
export type TimeReading = { time: string } | { error: string };

export interface TimeOptions {
  /** A time without a zone is UTC. Otherwise it is refused: a guess would be wrong by hours, and be billed. */
  zonelessIsUtc?: boolean;
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T_]|\s+)(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i;
const DATE_ALONE = /^\d{4}-\d\d-\d\d$/;
/** Digits before the point, by unit: of each unit that many are the years 2001 to 2286, and no two units share a number of digits. */
const UNITS: Record<number, { name: string; ms: (whole: string, fraction: string) => number }> = {
  10: { name: 'seconds', ms: (whole, fraction) => Number(whole + fraction.padEnd(3, '0').slice(0, 3)) },
  13: { name: 'milliseconds', ms: (whole) => Number(whole) },
  16: { name: 'microseconds', ms: (whole) => Number(whole.slice(0, -3)) },
  19: { name: 'nanoseconds', ms: (whole) => Number(whole.slice(0, -6)) },
};
const UNITS_NAMED = Object.entries(UNITS)
  .map(([digits, { name }]) => `${name} have ${digits}`)
  .join(', ');
/** Longest part of a wrong value that a message repeats, in UTF-16 units. */
const SHOWN_LENGTH_MAX = 60;

/**
 * Reads a time as clients and files write it: ISO 8601 (a space for the `T`, a comma before the fraction, a zone with or without its
 * colon), or a number of seconds, milliseconds, microseconds or nanoseconds since 1970. A leap second is the last millisecond before it:
 * neither store has one. What is finer than a millisecond is dropped, later.
 */
export function readTime(value: unknown, { zonelessIsUtc = false }: TimeOptions = {}): TimeReading {
  if (typeof value !== 'string' && typeof value !== 'number')
    return { error: 'Expected an ISO 8601 time with a zone' };
  const text = String(value).trim();
  const number = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (number) return readEpoch(number[1] ?? '', number[2] ?? '');
  const wrong = (why: string) => ({ error: `${shown(text)}: ${why}` });
  const parts = ISO.exec(text);
  if (parts === null) {
    if (DATE_ALONE.test(text)) return wrong('a day without a time');
    return wrong('not an ISO 8601 time with a zone, such as 2026-01-31T12:00:00Z');
  }
  const [, year, month, day, hour, minute, second = '00', fraction = ''] = parts;
  const days = daysIn(Number(year), Number(month));
  if (days === 0) return wrong(`there is no month ${month}`);
  if (Number(day) < 1 || Number(day) > days) return wrong(`${year}-${month} has ${days} days`);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return wrong('no such time of day');
  const zone = parts[8] ?? (zonelessIsUtc ? 'Z' : null);
  if (zone === null) return wrong('no zone: add Z for UTC, or an offset such as +02:00');
  const offset = offsetOf(zone);
  if (offset === null) return wrong(`there is no offset ${zone}`);
  const clock =
    second === '60' ? `${hour}:${minute}:59.999` : `${hour}:${minute}:${second}${fraction && `.${fraction}`}`;
  return { time: `${year}-${month}-${day}T${clock}${offset}` };
}

function readEpoch(whole: string, fraction: string): TimeReading {
  const unit = UNITS[whole.length];
  if (unit) return { time: new Date(unit.ms(whole, fraction)).toISOString() };
  const digits = `${whole.length} digit${whole.length === 1 ? '' : 's'}`;
  return {
    error: `${shown(fraction ? `${whole}.${fraction}` : whole)}: a number of ${digits} has no unit; ${UNITS_NAMED}`,
  };
}

/** 0 when there is no such month. */
function daysIn(year: number, month: number): number {
  if (month < 1 || month > 12) return 0;
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

function offsetOf(zone: string): string | null {
  if (!/^[+-]/.test(zone)) return 'Z';
  const [hours, minutes] = [zone.slice(0, 3), zone.slice(3).replace(':', '') || '00'];
  return Number(hours.slice(1)) > 23 || Number(minutes) > 59 ? null : `${hours}:${minutes}`;
}

/** A value in quotes, as much of it as a message may repeat. */
export function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text);
}
