import { LIMITS, type WrongConversion, wrongField } from '@clickledger/contract';
import type { ConversionRefusal } from '../ledger/append-conversions.js';

/** What the ledger refuses, in the words of the API. */
export const REFUSED_BY_LEDGER: Record<ConversionRefusal, WrongConversion> = {
  too_many_actions: wrongField(
    'action',
    'too_many_actions',
    `Unknown, and there are ${LIMITS.conversionActionsMax} actions already`,
  ),
  action_paused: wrongField('action', 'action_paused', 'This action is paused'),
  no_currency: wrongField(
    'currency',
    'currency_required',
    'Required with a value: the action has no default currency',
  ),
};

export const outsideWindow = (windowDays: number): WrongConversion =>
  wrongField(
    'timestamp',
    'timestamp_outside_window',
    `Older than the window of the action, ${windowDays} ${windowDays === 1 ? 'day' : 'days'}; import it instead`,
  );
