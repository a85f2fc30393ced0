import type { Figures } from '../api/questions.js';
import type { Point } from '../charts/points.js';
import { pointChange, relativeChange } from '../lib/change.js';
import { datesOf } from '../lib/dates.js';
import { formatCount, formatMoney, formatShare, formatTimes, written } from '../lib/format.js';
import { fraudRate } from '../lib/fraud.js';
import type { Range } from '../lib/range.js';
import { cpaOf, cvrOf, roasOf } from '../lib/rates.js';
import { drawChart, PAPER } from './drawing.js';
import { CONTENT_WIDTH, MARGIN, Sheet } from './sheet.js';

/** What the report is about; everything in it was on screen. */
export interface ReportData {
  title: string;
  range: Range;
  /** In words, one a filter: "Country is Germany". */
  filters: readonly string[];
  total: Figures;
  previous: Figures | null;
  /** "the previous 30 days" */
  against: string;
  points: readonly Point[];
  tables: readonly { title: string; rows: readonly { label: string; figures: Figures }[] }[];
  madeAtMs: number;
}

const CHART_HEIGHT = 190;
const ROW_HEIGHT = 15;
const MUTED = PAPER.muted;

/** A view as a PDF file: figures, chart and tables, on A4. */
export async function makeReport(data: ReportData): Promise<Uint8Array> {
  const sheet = await Sheet.open(`${data.title} · ClickLedger`);
  await head(sheet, data);
  await figures(sheet, data);
  await sheet.text(MARGIN, sheet.y, `Clicks, billable and flagged by ${data.range.granularity}`, {
    size: 11,
    bold: true,
  });
  const size = { width: CONTENT_WIDTH, height: CHART_HEIGHT };
  await sheet.shapes(
    MARGIN,
    sheet.y + 6,
    drawChart(data.points, ['clicks', 'billable', 'flagged'], data.range, size, PAPER),
  );
  sheet.y += CHART_HEIGHT + 28;
  for (const part of data.tables) await table(sheet, part, data.total.clicks);
  sheet.foot();
  return sheet.save();
}

async function head(sheet: Sheet, { title, range, filters, madeAtMs }: ReportData): Promise<void> {
  const dates = datesOf(range.zone);
  sheet.y += 14;
  await sheet.text(MARGIN, sheet.y, title, { size: 18, bold: true, widthMax: CONTENT_WIDTH });
  sheet.y += 18;
  await sheet.text(MARGIN, sheet.y, `${dates.rangeInYear(range.startMs, range.endMs)} (${range.zone})`, {
    size: 10,
  });
  for (const filter of filters) {
    sheet.y += 14;
    await sheet.text(MARGIN, sheet.y, filter, { size: 10, color: MUTED, widthMax: CONTENT_WIDTH });
  }
  sheet.y += 14;
  await sheet.text(MARGIN, sheet.y, `Created ${dates.minute(madeAtMs)} by ClickLedger`, {
    size: 8,
    color: MUTED,
  });
  sheet.y += 12;
  sheet.rule(sheet.y);
  sheet.y += 22;
}

async function figures(sheet: Sheet, { total, previous, against }: ReportData): Promise<void> {
  const rate = (one: Figures) => fraudRate(one.flagged, one.clicks);
  const relative = (key: keyof Figures) => previous && relativeChange(total[key], previous[key]);
  const cells = [
    ['Clicks', formatCount(total.clicks), relative('clicks')],
    ['Unique users (approx.)', formatCount(total.users), relative('users')],
    [
      'Fraud rate',
      formatShare(rate(total)),
      previous?.clicks ? pointChange(rate(total), rate(previous)) : null,
    ],
    ['Billable clicks', formatCount(total.billable), relative('billable')],
    ['Spend', formatMoney(total.spendMicros), relative('spendMicros')],
  ] satisfies Cell[];
  await cellsRow(sheet, cells);
  if (total.conversions > 0 || (previous?.conversions ?? 0) > 0)
    await cellsRow(sheet, [
      ['Conversions', formatCount(total.conversions), relative('conversions')],
      ['CVR', written(cvrOf(total), formatShare), null],
      ['CPA', written(cpaOf(total), formatMoney), null],
      ['Conversion value', formatMoney(total.valueMicros), relative('valueMicros')],
      ['ROAS', written(roasOf(total), formatTimes), null],
    ]);
  if (previous) {
    await sheet.text(MARGIN, sheet.y, `Changes vs ${against}.`, { size: 8, color: MUTED });
    sheet.y += 26;
  }
}

type Cell = readonly [label: string, value: string, change: string | null];

/** Key figures side by side, each with its change. */
async function cellsRow(sheet: Sheet, cells: readonly Cell[]): Promise<void> {
  const width = CONTENT_WIDTH / cells.length;
  for (const [index, [label, value, change]] of cells.entries()) {
    const x = MARGIN + index * width;
    await sheet.text(x, sheet.y, label, { size: 8, color: MUTED });
    await sheet.text(x, sheet.y + 18, value, { size: 14, bold: true, widthMax: width - 6 });
    if (change) await sheet.text(x, sheet.y + 32, change, { size: 9, color: MUTED });
  }
  sheet.y += 46;
}

async function table(
  sheet: Sheet,
  { title, rows }: ReportData['tables'][number],
  totalClicks: number,
): Promise<void> {
  sheet.need(40 + rows.length * ROW_HEIGHT);
  sheet.y += 10;
  const columns = [
    ['Clicks', ({ clicks }: Figures) => formatCount(clicks)],
    ['Share', ({ clicks }: Figures) => formatShare(totalClicks > 0 ? clicks / totalClicks : 0)],
    ['Billable', ({ billable }: Figures) => formatCount(billable)],
    ['Fraud', (one: Figures) => formatShare(fraudRate(one.flagged, one.clicks))],
    ['Spend', ({ spendMicros }: Figures) => formatMoney(spendMicros)],
  ] as const;
  const right = (index: number) => MARGIN + CONTENT_WIDTH - (columns.length - 1 - index) * 62;
  await sheet.text(MARGIN, sheet.y, title, { size: 11, bold: true });
  for (const [index, [label]] of columns.entries())
    await sheet.text(right(index), sheet.y, label, { size: 8, color: MUTED, anchor: 'end' });
  sheet.y += 5;
  sheet.rule(sheet.y);
  for (const row of rows) {
    sheet.y += ROW_HEIGHT;
    await sheet.text(MARGIN, sheet.y, row.label, { widthMax: 190 });
    for (const [index, [, write]] of columns.entries())
      await sheet.text(right(index), sheet.y, write(row.figures), { anchor: 'end' });
  }
  sheet.y += 18;
}
