import type { ReadRecord } from './records.js';

/** Whose numbers must be exact: two that are rounded to one would be one id. */
const IDS: ReadonlySet<string> = new Set([
  'ad_id',
  'campaign_id',
  'advertiser_id',
  'user_id',
  'click_id',
  'order_id',
]);

/**
 * Reads one line of newline-delimited JSON: an object. Only the `fields` asked for are taken, ids as text; `a.b` names
 * the field `b` of the object `a` when there is no field of that very name. Null is absent.
 *
 * @param fields the columns asked for, and the fields of a click that each of them fills
 */
export function parseNdjson(
  line: number,
  text: string,
  fields: ReadonlyMap<string, readonly string[]>,
): ReadRecord {
  const bad = (error: string): ReadRecord => ({ line, record: null, error });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad('Not JSON');
  }
  if (!isObject(value)) return bad('Not a JSON object');

  const record: Record<string, unknown> = {};
  for (const [field, fills] of fields) {
    const found = lookUp(value, field);
    if (found === undefined || found === null) continue;
    const isId = fills.some((one) => IDS.has(one));
    if (isId && typeof found === 'number' && !Number.isSafeInteger(found))
      return bad(`${field}: the number is too large, or a fraction, and not exact; write it as a string`);
    if (!isId) record[field] = found;
    else {
      const written = textOf(found);
      if (written === null) return bad(`${field}: Expected a string or a number`);
      record[field] = written;
    }
  }
  return { line, record, text: text.trim() };
}

/** The text of a string or a number; null of anything else. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

export function lookUp(object: unknown, field: string): unknown {
  if (isObject(object) && Object.hasOwn(object, field)) return object[field];
  let value: unknown = object;
  for (const key of field.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
