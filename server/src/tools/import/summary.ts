import type { Note } from '@clickledger/contract';
import type { Click } from '../../click/click.js';
import type { SubmitResult } from '../../ingest/import-wire.js';
import { type LabelCounts, noLabels } from './labels.js';

/** Most errors named in the summary; the others are only counted. */
export const ERRORS_NAMED_MAX = 100;
/** Most causes that are told apart. */
const CAUSES_MAX = 1_000;

/** Why lines were bad. */
export interface Cause {
  /** What they have in common; values are left out. */
  cause: string;
  count: number;
  /** The first of them, and what was said of it. */
  line: number;
  message: string;
}

export interface ImportErrors {
  count: number;
  /** The first ones. */
  first: { line: number; message: string }[];
  causes: Cause[];
}

/** `lines` = `accepted` + `duplicates` + `skipped` + `errors.count`. */
export interface ImportSummary {
  /** Records: lines that are not blank, and neither a CSV's header nor about a log. */
  lines: number;
  /** New clicks, the flagged ones among them. */
  accepted: number;
  /** Clicks that the ledger had already. */
  duplicates: number;
  /** New clicks that a fraud rule flagged. */
  flagged: number;
  /** Records that are no clicks: HEAD and OPTIONS requests of an access log. */
  skipped: number;
  /** Clicks without an address that could be read. */
  noAddress: number;
  /** Of those, the ones without a user too: nothing tells their visitors apart. */
  noVisitor: number;
  /** Clicks of which a field that only describes was mapped, cut, or taken as unknown: by `field kind`, e.g. `country unknown`. */
  notes: Record<string, { count: number; line: number; text: string }>;
  errors: ImportErrors;
  /** With a label column: labels against the verdicts that new clicks got when they came in. */
  labels: LabelCounts | null;
}

export const emptySummary = (hasLabels: boolean): ImportSummary => ({
  lines: 0,
  accepted: 0,
  duplicates: 0,
  flagged: 0,
  skipped: 0,
  noAddress: 0,
  noVisitor: 0,
  notes: {},
  errors: { count: 0, first: [], causes: [] },
  labels: hasLabels ? noLabels() : null,
});

export function addResults(summary: ImportSummary, results: readonly SubmitResult[]): void {
  for (const { isDuplicate, isFraudulent } of results) {
    if (isDuplicate) summary.duplicates += 1;
    else {
      summary.accepted += 1;
      if (isFraudulent) summary.flagged += 1;
    }
  }
}

/** Adds what was made of a click on its way in. */
export function addTaken(summary: ImportSummary, line: number, click: Click, notes: readonly Note[]): void {
  if (click.ipHash === null) {
    summary.noAddress += 1;
    if (click.userId === null) summary.noVisitor += 1;
  }
  for (const { field, kind, text } of notes) {
    const what = `${field} ${kind}`;
    const note = summary.notes[what] ?? { count: 0, line, text };
    summary.notes[what] = { ...note, count: note.count + 1 };
  }
}

export function addError(errors: ImportErrors, line: number, message: string): void {
  errors.count += 1;
  if (errors.first.length < ERRORS_NAMED_MAX) errors.first.push({ line, message });
  const cause = message.replace(/"(?:[^"\\]|\\.)*"/g, '…').replace(/\d+/g, '#');
  const known = errors.causes.find((one) => one.cause === cause);
  if (known) known.count += 1;
  else if (errors.causes.length < CAUSES_MAX) errors.causes.push({ cause, count: 1, line, message });
}
