import { z } from 'zod';
import { expected, isNoPathStep, isWellFormed, NO_CONTROL, NOT_WELL_FORMED, PATH_STEP } from './clicks.js';
import { LIMITS } from './limits.js';

/** Times that both stores hold, whatever the zone: ISO 8601 also knows the year 0, which PostgreSQL does not. */
const TIME_MS_MIN = 0;
const TIME_MS_MAX = Date.UTC(2200, 0, 1);

/** A moment: ISO 8601 with a zone, of the years 1970 to 2199. */
export const timeField = () =>
  z.iso.datetime({ offset: true, ...expected('an ISO 8601 time with a zone') }).refine((text) => {
    const ms = Date.parse(text);
    return ms >= TIME_MS_MIN && ms < TIME_MS_MAX;
  }, 'Must lie in the years 1970 to 2199');

/** A value to look for, in a query string. No click holds control characters, and PostgreSQL can't even look for NUL. */
export const filterField = () =>
  z
    .string(expected('one value'))
    .min(1, 'Must not be empty')
    .max(LIMITS.idLengthMax, 'Too long')
    .regex(NO_CONTROL, 'Control characters are not allowed')
    .refine(isWellFormed, NOT_WELL_FORMED);

/** A name that people give, on one line; null: there is none. */
export const nameField = () =>
  z
    .string(expected('a string'))
    .trim()
    .min(1, 'Must not be empty')
    .max(LIMITS.nameLengthMax, `At most ${LIMITS.nameLengthMax} characters`)
    .regex(NO_CONTROL, 'Control characters are not allowed')
    .refine(isWellFormed, NOT_WELL_FORMED)
    .nullable();

/** The id of something that is to be made. Older ones may be `.` or `..`, and can still be looked for. */
export const newIdField = () => filterField().refine(isNoPathStep, PATH_STEP);

/** A whole number in a query string, from 1 to `max`. */
export const countField = (max: number, fallback: number) =>
  z.coerce
    .number('Expected a number')
    .int('Expected a whole number')
    .min(1, 'At least 1')
    .max(max, `At most ${max}`)
    .default(fallback);

/** Whether the runtime knows this IANA time zone, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const timeZoneField = () =>
  z.string(expected('one time zone')).refine(isTimeZone, 'Unknown time zone').default('UTC');

/** Adds `end_time: Must be after start_time` when both are there and in the wrong order. */
export function checkOrder(
  query: { start_time?: string | undefined; end_time?: string | undefined },
  context: z.RefinementCtx,
): void {
  const { start_time: start, end_time: end } = query;
  if (start !== undefined && end !== undefined && Date.parse(start) >= Date.parse(end))
    context.addIssue({ code: 'custom', path: ['end_time'], message: 'Must be after start_time' });
}

/** A whole number in a body. */
export const wholeField = (min: number, max: number) =>
  z
    .number(expected('a number'))
    .int('Expected a whole number')
    .min(min, `At least ${min}`)
    .max(max, `At most ${max}`);

/** Why something was changed. */
export const noteField = () =>
  z
    .string(expected('a string'))
    .max(LIMITS.noteLengthMax, 'Too long')
    .regex(NO_CONTROL, 'Control characters are not allowed');

/** Whether a CSV file begins with a byte order mark. */
export const bomField = () =>
  z
    .enum(['true', 'false'], { error: 'Expected true or false' })
    .default('false')
    .describe('Begin with a byte order mark, so that spreadsheets read the file as UTF-8');

/** The number of something in a path. */
export const numberInPath = (description: string) =>
  z.coerce.number('Expected a number').int().positive().describe(description);
