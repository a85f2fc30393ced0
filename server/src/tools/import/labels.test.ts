import { expect, it } from 'vitest';
import type { Click } from '../../click/click.js';
import { addLabels, labelLines, noLabels, readLabel } from './labels.js';

const of = (value: string) => readLabel({ line: 1, text: '', record: { fraud: value } }, 'fraud');

it('reads labels in the words that such columns use, and nothing into others', () => {
  expect(['1', 'TRUE', ' yes ', 'Fraud', 'bot'].map(of)).toEqual(Array(5).fill(true));
  expect(['0', 'false', 'No', 'clean', 'human'].map(of)).toEqual(Array(5).fill(false));
  expect(['', '2', 'maybe'].map(of)).toEqual([null, null, null]);
  expect(readLabel({ line: 1, text: '', record: {} }, 'fraud')).toBeNull();
  expect(readLabel({ line: 1, record: null, error: '' }, 'fraud')).toBeNull();
});

it('counts new clicks by label and verdict', () => {
  const counts = noLabels();
  const entry = (label: boolean | null) => ({ click: {} as Click, label });
  const result = (isFraudulent: boolean, isDuplicate = false) => ({ isFraudulent, isDuplicate });
  addLabels(
    counts,
    [entry(true), entry(true), entry(false), entry(false), entry(null), entry(true)],
    [result(true), result(false), result(true), result(false), result(true), result(true, true)],
  );
  expect(counts).toEqual({ found: 1, missed: 1, wrong: 1, left: 1, unlabelled: 1 });
  expect(labelLines(counts)[1]).toBe('precision 50.00 %, recall 50.00 %, false positives 50.00 %');
});
