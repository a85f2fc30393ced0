import {
  LIMITS,
  POSTBACK_ACTION,
  POSTBACK_PARAMETERS,
  type PostbackField,
  stripControl,
} from '@clickledger/contract';
import { uuidFrom } from '../ingest/derive-id.js';

const isThere = (value: unknown) =>
  value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');

/** The fields of a conversion, from the parameters of a postback or a pixel. What is empty is absent: a macro that had nothing to say. */
export function fieldsOfPostback(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const field of Object.keys(POSTBACK_PARAMETERS) as PostbackField[]) {
    const names: readonly string[] = POSTBACK_PARAMETERS[field];
    const name = names.find((one) => Object.hasOwn(parameters, one) && isThere(parameters[one]));
    if (name === undefined) continue;
    const value = parameters[name];
    fields[field] = typeof value === 'string' ? value.trim() : value;
  }
  fields.action ??= POSTBACK_ACTION;
  return fields;
}

/**
 * The id of a conversion that comes without an order: networks send again what got no answer, and pages are loaded again, so a click has one
 * of each action.
 */
export const idByClick = (tenantId: number, action: string, clickId: string): string =>
  uuidFrom('postback', tenantId, `${action}\0${clickId}`);

/** Whose values the log does not have: what opens something, and who somebody is. */
const MASKED: ReadonlySet<string> = new Set([
  'secret',
  'token',
  'key',
  'sig',
  ...POSTBACK_PARAMETERS.user_id,
]);
const MASK = '***';

/** A query or a form as the log has it: as it was sent, without secrets and users, and cut. */
export function maskedQuery(raw: string, secret: string | null): string {
  const masked = raw
    .split('&')
    .map((pair) => {
      const [name = ''] = pair.split('=', 1);
      return MASKED.has(decoded(name).toLowerCase()) ? `${name}=${MASK}` : pair;
    })
    .join('&');
  const hidden = secret === null ? masked : masked.replaceAll(secret, MASK);
  return stripControl(hidden).slice(0, LIMITS.postbackQueryLengthMax);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
