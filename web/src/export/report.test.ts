import { PDFDocument } from 'pdf-lib';
import { expect, test } from 'vitest';
import { NO_FIGURES } from '../api/questions.js';
import type { Point } from '../charts/points.js';
import { resolveRange } from '../lib/range.js';
import { makeReport, type ReportData } from './report.js';

const figures = {
  ...NO_FIGURES,
  clicks: 1_200,
  users: 800,
  flagged: 60,
  billable: 1_140,
  spendMicros: 285_000_000,
};
const range = resolveRange({ preset: '30d' }, Date.UTC(2026, 10, 24, 9, 30), 'Europe/Berlin');
const report = (change: Partial<ReportData> = {}): ReportData => ({
  title: 'Overview',
  range,
  filters: ['Country is Côte d’Ivoire'],
  total: figures,
  previous: figures,
  against: 'the previous 30 days',
  points: Array.from(
    { length: 30 },
    (_, index): Point => ({
      ...figures,
      startMs: range.startMs + index * 86_400_000,
      previous: null,
      state: 'over',
    }),
  ),
  tables: [],
  madeAtMs: range.endMs,
  ...change,
});

test('a report is a PDF with its title', async () => {
  const document = await PDFDocument.load(await makeReport(report()));
  expect(document.getTitle()).toBe('Overview · ClickLedger');
  expect(document.getPageCount()).toBe(1);
});

test('what does not fit on a page goes on the next', async () => {
  const rows = Array.from({ length: 8 }, (_, index) => ({ label: `campaign ${index}`, figures }));
  const tables = Array.from({ length: 7 }, (_, index) => ({ title: `Table ${index}`, rows }));
  const document = await PDFDocument.load(await makeReport(report({ tables, previous: null })));
  expect(document.getPageCount()).toBe(3);
});
