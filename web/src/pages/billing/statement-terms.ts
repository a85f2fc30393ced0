import type { SettingsReply, StatementTerms } from '@clickledger/contract';

/** The terms as they stand in a form: everything is text. */
export type TermsDraft = Record<keyof StatementTerms, string>;

/** What the form shows of the settings in force. */
export const draftOf = (settings: SettingsReply): TermsDraft => ({
  issuer_name: settings.issuer_name ?? '',
  issuer_address: settings.issuer_address ?? '',
  issuer_contact: settings.issuer_contact ?? '',
  payment_days: settings.payment_days?.toString() ?? '',
  tax_label: settings.tax_label ?? '',
  tax_percent: settings.tax_percent?.toString() ?? '',
  payment_note: settings.payment_note ?? '',
});

const text = (typed: string) => (typed.trim() === '' ? null : typed.trim());
const number = (typed: string) => (typed.trim() === '' ? null : Number(typed.replace(',', '.')));

/** What a form asks to be saved; an empty field is printed nowhere. */
export const termsOf = (draft: TermsDraft): StatementTerms => ({
  issuer_name: text(draft.issuer_name),
  issuer_address: text(draft.issuer_address),
  issuer_contact: text(draft.issuer_contact),
  payment_days: number(draft.payment_days),
  tax_label: text(draft.tax_label),
  tax_percent: number(draft.tax_percent),
  payment_note: text(draft.payment_note),
});
