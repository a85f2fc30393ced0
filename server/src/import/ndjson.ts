import type { ReadRecord } from './records.js';

/**
 * Reads one line of newline-delimited JSON: an object. Only the `fields` asked for are taken, as text; `a.b` names
 * the field `b` of the object `a` when there is no field of that very name. Null is absent.
 */
export function parseNdjson(line: number, text: string, fields: ReadonlySet<string>): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, record: null, error: 'Not JSON' };
  }
  if (!isObject(value)) return { line, record: null, error: 'Not a JSON object' };

  const record: Record<string, string> = {};
  for (const field of fields) {
    const found = lookUp(value, field);
    if (found === undefined || found === null) continue;
    if (typeof found === 'string') record[field] = found;
    else if (typeof found === 'number') {
      // 12345678901234567890 would be read as …68000: two people would become one.
      if (Number.isInteger(found) && !Number.isSafeInteger(found)) {
        return {
          line,
          record: null,
          error: `${field}: the number is too large to be exact; write it as a string`,
        };
      }
      record[field] = String(found);
    } else {
      return { line, record: null, error: `${field}: Expected a string or a number` };
    }
  }
  return { line, record, text: text.trim() };
}

function lookUp(object: Record<string, unknown>, field: string): unknown {
  if (Object.hasOwn(object, field)) return object[field];
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
