import { readConversion, type WrongConversion, wrongField } from '@clickledger/contract';
import { uuidv7 } from 'uuidv7';
import type { IncomingConversion } from './conversion.js';
import { fieldsOfPostback, idByClick } from './postback.js';
import { prepareConversion } from './prepare.js';

/** A conversion from the parameters of a postback or a pixel, or what is wrong with it. */
export function readPostback(
  parameters: Readonly<Record<string, unknown>>,
  { tenantId, nowMs, isPrivate }: { tenantId: number; nowMs: number; isPrivate: boolean },
): IncomingConversion | { wrong: WrongConversion } {
  const reading = readConversion(fieldsOfPostback(parameters));
  if ('error' in reading) return { wrong: reading.error };
  const { input } = reading;
  const { action, click_id: clickId, order_id: orderId } = input;
  if (orderId === undefined && clickId === undefined)
    return {
      wrong: wrongField(
        'order_id',
        'order_id_required',
        'Required without a click ID: a repeat could not be told from another conversion',
      ),
    };
  return prepareConversion(input, {
    nowMs,
    newId: () =>
      orderId === undefined && clickId !== undefined ? idByClick(tenantId, action, clickId) : uuidv7(),
    isPrivate,
    isImport: false,
  });
}
