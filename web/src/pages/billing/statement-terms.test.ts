import { SettingsChange, type SettingsReply } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { draftOf, termsOf } from './statement-terms.js';

const NOTHING = {
  issuer_name: null,
  issuer_address: null,
  issuer_contact: null,
  payment_days: null,
  tax_label: null,
  tax_percent: null,
  payment_note: null,
};

it('what is saved is what was in force, when nothing is typed', () => {
  const terms = { ...NOTHING, issuer_name: 'Clicks Inc.', payment_days: 0, tax_percent: 8.875 };
  expect(termsOf(draftOf(terms as SettingsReply))).toEqual(terms);
});

it('an empty field is printed nowhere: it is nothing, not an empty text or 0', () => {
  const empty = draftOf(NOTHING as SettingsReply);
  expect(termsOf({ ...empty, issuer_name: '  ', payment_days: ' ', tax_percent: '' })).toEqual(NOTHING);
});

it('a percentage may have a comma, and what is no number is refused by the server', () => {
  const typed = (tax_percent: string) => termsOf({ ...draftOf(NOTHING as SettingsReply), tax_percent });
  expect(typed('8,875').tax_percent).toBe(8.875);
  expect(SettingsChange.safeParse(typed('a lot')).success).toBe(false);
});
