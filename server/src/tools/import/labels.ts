import type { Click } from '../../click/click.js';
import type { SubmitResult } from '../../ingest/import-wire.js';
import type { ReadRecord } from './records.js';

/** A click with what its file says of it: true is invalid, null says nothing. */
export interface Labelled {
  click: Click;
  label: boolean | null;
}

/** New clicks by label and verdict. */
export interface LabelCounts {
  /** Invalid and flagged. */
  found: number;
  /** Invalid, not flagged. */
  missed: number;
  /** Valid and flagged. */
  wrong: number;
  /** Valid, not flagged. */
  left: number;
  /** No label, or one that can't be read. */
  unlabelled: number;
}

const INVALID: ReadonlySet<string> = new Set([
  '1',
  'true',
  't',
  'yes',
  'y',
  'fraud',
  'fraudulent',
  'invalid',
  'bot',
]);
const VALID: ReadonlySet<string> = new Set([
  '0',
  'false',
  'f',
  'no',
  'n',
  'clean',
  'legit',
  'valid',
  'human',
  'ok',
]);

export const noLabels = (): LabelCounts => ({ found: 0, missed: 0, wrong: 0, left: 0, unlabelled: 0 });

/** What the label column of a record says, in the words that such columns use. */
export function readLabel({ record }: ReadRecord, column: string | undefined): boolean | null {
  if (column === undefined || record === null || !Object.hasOwn(record, column)) return null;
  const value = String(record[column] ?? '')
    .trim()
    .toLowerCase();
  if (INVALID.has(value)) return true;
  return VALID.has(value) ? false : null;
}

/** Adds a batch; repeats were judged before and are left out. */
export function addLabels(
  counts: LabelCounts,
  batch: readonly Labelled[],
  results: readonly SubmitResult[],
): void {
  for (const [i, { label }] of batch.entries()) {
    const result = results[i];
    if (!result || result.isDuplicate) continue;
    if (label === null) counts.unlabelled++;
    else if (label) counts[result.isFraudulent ? 'found' : 'missed']++;
    else counts[result.isFraudulent ? 'wrong' : 'left']++;
  }
}

const percent = (part: number, whole: number) =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(2)} %`;

/** For people: precision, recall and the false-positive rate, and what they are made from. */
export function labelLines({ found, missed, wrong, left, unlabelled }: LabelCounts): string[] {
  return [
    `Against the labels (${found + missed} invalid, ${wrong + left} valid, ${unlabelled} unlabelled), by the rules at ingestion:`,
    `precision ${percent(found, found + wrong)}, recall ${percent(found, found + missed)}, false positives ${percent(wrong, wrong + left)}`,
    `flagged: ${found} invalid, ${wrong} valid; not flagged: ${missed} invalid, ${left} valid`,
  ];
}
