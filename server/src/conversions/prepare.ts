import {
  type ConversionInput,
  LIMITS,
  readAmount,
  type WrongConversion,
  wrongField,
} from '@clickledger/contract';
import type { IncomingConversion } from './conversion.js';

export interface PrepareConversionContext {
  nowMs: number;
  /** Given to a conversion that names none of its own. */
  newId: () => string;
  /** The person's browser asks not to be known, and the tenant obeys: the user is not stored. */
  isPrivate: boolean;
  isImport: boolean;
}

/** The times an import may bring, as with clicks: both stores hold them in every time zone. */
const TIME_MIN_MS = Date.UTC(1970, 0, 2);
const TIME_MAX_MS = Date.UTC(2100, 0, 1);
const MINUTE_MS = 60_000;

/** A conversion with its time, its id and its value in micros, or what is wrong with it. */
export function prepareConversion(
  input: ConversionInput,
  { nowMs, newId, isPrivate, isImport }: PrepareConversionContext,
): IncomingConversion | { wrong: WrongConversion } {
  const convertedAtMs = input.timestamp === undefined ? nowMs : Date.parse(input.timestamp);
  const wrongTime = (code: string, message: string) => ({ wrong: wrongField('timestamp', code, message) });
  if (!Number.isFinite(convertedAtMs)) return wrongTime('invalid_timestamp', 'Not a time that exists');
  if (convertedAtMs > nowMs + LIMITS.clockSkewMsMax)
    return wrongTime(
      'timestamp_in_future',
      `More than ${LIMITS.clockSkewMsMax / MINUTE_MS} minutes ahead of the server`,
    );
  if (isImport && input.timestamp === undefined)
    return wrongTime('timestamp_required', 'Required in an import');
  if (convertedAtMs < TIME_MIN_MS || convertedAtMs >= TIME_MAX_MS)
    return wrongTime('invalid_timestamp', 'Not between 1970-01-02 and 2099-12-31');
  const amount = input.value === undefined ? null : readAmount(input.value);
  if (amount && 'error' in amount) return { wrong: wrongField('value', amount.code, amount.error) };
  return {
    conversionId: input.conversion_id ?? newId(),
    action: input.action,
    orderId: input.order_id ?? null,
    clickId: input.click_id ?? null,
    userId: isPrivate ? null : (input.user_id ?? null),
    valueMicros: amount?.micros ?? null,
    currency: input.currency ?? null,
    convertedAtMs,
    isImport,
  };
}
