import { money } from '@clickledger/contract';
import { formatMoney, formatMoneyExact } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';

/** An amount with every digit, in its own currency; nothing for a conversion without a value. */
export const amountText = (micros: number, currency: string): string =>
  currency === '' ? '' : formatMoneyExact(money(micros, currency));

/** The same for a share of an amount, rounded as people read it. */
export const shareText = (micros: number, currency: string): string =>
  currency === '' ? '' : formatMoney(money(Math.round(micros), currency));

export const STATUS_LABELS: Readonly<Record<string, string>> = {
  waiting: 'Waiting for its click',
  attributed: 'Attributed',
  unattributed: 'Unattributed',
  retracted: 'Retracted',
};

interface Reason {
  label: string;
  /** What it means, and what somebody can do about it. */
  hint: string;
}

/** Why a conversion has no click. A code that is not here is shown as it is. */
const REASONS: Readonly<Record<string, Reason>> = {
  unknown_click: {
    label: 'Unknown click',
    hint: 'No click with this ID was recorded. It may still arrive within the window.',
  },
  outside_window: {
    label: 'Outside the window',
    hint: 'The click is older than the action’s window, or came after the conversion.',
  },
  other_account: {
    label: 'Another account’s click',
    hint: 'The click ID belongs to another account. Check which account’s links your page uses.',
  },
  no_click_of_user: {
    label: 'No click by this user',
    hint: 'This user has no click within the action’s window. One may still arrive.',
  },
  click_flagged: {
    label: 'Invalid click',
    hint: 'Every click that could have led here was flagged by a fraud rule.',
  },
  already_converted: {
    label: 'Click already converted',
    hint: 'The action counts one conversion per click, and the click has one.',
  },
};
export const REASON_CODES = Object.keys(REASONS);

export const reasonLabel = (code: string): string => REASONS[code]?.label ?? ruleLabel(code);
export const reasonHint = (code: string): string | undefined => REASONS[code]?.hint;

/** How a conversion came in. */
const SOURCES: Readonly<Record<string, string>> = {
  api: 'API',
  postback: 'Postback',
  pixel: 'Pixel',
  script: 'Script',
  import: 'Import',
  test: 'Test',
};
export const sourceLabel = (source: string): string => SOURCES[source] ?? source;

/** What changed a conversion. */
const CAUSES: Readonly<Record<string, string>> = {
  received: 'Received',
  matched: 'Click found',
  click_flagged: 'Click flagged',
  click_cleared: 'Click cleared',
  restated: 'Value changed',
  retracted: 'Retracted',
  expired: 'Window ended',
};
export const causeLabel = (cause: string): string => CAUSES[cause] ?? ruleLabel(cause);

export const MODEL_LABELS: Readonly<Record<string, string>> = {
  last_click: 'Last click',
  first_click: 'First click',
  linear: 'Linear',
  position_based: 'Position-based',
  time_decay: 'Time decay',
};

/** How each model shares a conversion. */
export const MODEL_HINTS: Readonly<Record<string, string>> = {
  last_click: 'All of a conversion goes to the last valid click. This is what is billed.',
  first_click: 'All of a conversion goes to the first click of its user.',
  linear: 'Every click before a conversion gets the same share.',
  position_based: 'The first and the last click get 40% each. The clicks between them share 20%.',
  time_decay: 'Later clicks get more. A click that is one half-life older gets half as much.',
};
