import type { StatementLine, StatementReply } from '@clickledger/contract';
import { datesOf } from '../lib/dates.js';
import { dateLocale } from '../lib/format.js';
import { PAPER } from './drawing.js';
import { CONTENT_WIDTH, MARGIN, Sheet } from './sheet.js';

const ROW_HEIGHT = 16;
const MUTED = PAPER.muted;
const RIGHT = MARGIN + CONTENT_WIDTH;
/** Right edges of the columns of figures, from the left. */
const COLUMNS = ['Cost per click', 'Clicks', 'Flagged', 'Adjusted', 'Billable', 'Amount'] as const;
const COLUMN_WIDTHS = [66, 52, 48, 52, 52, 78];
const EDGES = COLUMN_WIDTHS.map(
  (_, i) => RIGHT - COLUMN_WIDTHS.slice(i + 1).reduce((sum, one) => sum + one, 0),
);
const NAME_WIDTH = CONTENT_WIDTH - COLUMN_WIDTHS.reduce((sum, one) => sum + one, 0) - 6;

/** A statement as a PDF file, on A4: the same lines, figures and checksum as the CSV. Amounts are written with the currency's code. */
export async function makeStatement(statement: StatementReply): Promise<Uint8Array> {
  const sheet = await Sheet.open(`Statement ${statement.number} · ${statement.advertiser_id}`);
  const write = formatsOf(statement.currency);
  await head(sheet, statement);
  await table(sheet, statement, write);
  await totals(sheet, statement, write);
  await notes(sheet, statement);
  sheet.foot((page, pages) => `Statement ${statement.number} · page ${page} of ${pages}`);
  return sheet.save();
}

interface Formats {
  count: (n: number) => string;
  /** With every digit there is. */
  exact: (micros: number) => string;
  /** As it can be paid: half a unit of the last digit is rounded away from zero. */
  payable: (micros: number) => string;
}

function formatsOf(currency: string): Formats {
  // In one locale, so that the document is the same wherever it is made.
  const count = new Intl.NumberFormat('en');
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  const exact = new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: 6 });
  const payable = new Intl.NumberFormat('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: 'negative', // of what is rounded to nothing, no "-0.00"
  });
  return {
    count: (n) => count.format(n),
    exact: (micros) => exact.format(micros / 1_000_000),
    payable: (micros) => payable.format(micros / 1_000_000),
  };
}

async function head(sheet: Sheet, statement: StatementReply): Promise<void> {
  const own = datesOf(statement.time_zone);
  const day = new Intl.DateTimeFormat(dateLocale, { dateStyle: 'long', timeZone: statement.time_zone });
  sheet.y += 14;
  await sheet.text(MARGIN, sheet.y, 'Statement of clicks', { size: 18, bold: true });
  await sheet.text(RIGHT, sheet.y, statement.number, { size: 14, bold: true, anchor: 'end' });
  sheet.y += 26;
  const facts = [
    ['Advertiser', statement.advertiser_name ?? statement.advertiser_id],
    ['Advertiser id', statement.advertiser_id],
    [
      'Period',
      `${own.range(Date.parse(statement.from_time), Date.parse(statement.to_time))} ${statement.period.slice(0, 4)}`,
    ],
    ['Time zone', `${statement.time_zone}; from ${statement.from_time} until ${statement.to_time}`],
    ['Currency', statement.currency],
    ['Closed', `${day.format(Date.parse(statement.closed_at))}, by ${statement.closed_by}`],
  ] as const;
  for (const [label, value] of facts) {
    await sheet.text(MARGIN, sheet.y, label, { color: MUTED });
    await sheet.text(MARGIN + 84, sheet.y, value, { widthMax: CONTENT_WIDTH - 84 });
    sheet.y += 14;
  }
  sheet.y += 6;
}

async function columnHeads(sheet: Sheet): Promise<void> {
  await sheet.text(MARGIN, sheet.y, 'Campaign', { size: 8, color: MUTED });
  for (const [i, label] of COLUMNS.entries())
    await sheet.text(EDGES[i] ?? RIGHT, sheet.y, label, { size: 8, color: MUTED, anchor: 'end' });
  sheet.y += 5;
  sheet.rule(sheet.y);
}

async function table(sheet: Sheet, statement: StatementReply, write: Formats): Promise<void> {
  const groups = [
    ['Clicks of this month', statement.lines.filter((line) => !line.is_correction)],
    ['Corrections of earlier months', statement.lines.filter((line) => line.is_correction)],
  ] as const;
  for (const [title, lines] of groups) {
    if (lines.length === 0) continue;
    sheet.need(ROW_HEIGHT * 4);
    sheet.y += 16;
    await sheet.text(MARGIN, sheet.y, title, { size: 11, bold: true });
    sheet.y += 16;
    await columnHeads(sheet);
    for (const line of lines) {
      if (sheet.need(ROW_HEIGHT * 2)) {
        sheet.y += 10;
        await columnHeads(sheet);
      }
      sheet.y += ROW_HEIGHT;
      await row(sheet, line, write);
    }
    sheet.y += 8;
  }
}

async function row(sheet: Sheet, line: StatementLine, write: Formats): Promise<void> {
  const name = line.campaign_name ? `${line.campaign_name} (${line.campaign_id})` : line.campaign_id;
  await sheet.text(MARGIN, sheet.y, name, { widthMax: NAME_WIDTH });
  const cells = [
    write.exact(line.cost_per_click_micros),
    write.count(line.clicks),
    write.count(line.flagged),
    write.count(line.adjusted),
    write.count(line.billable),
    write.exact(line.cost_micros),
  ];
  for (const [i, cell] of cells.entries())
    await sheet.text(EDGES[i] ?? RIGHT, sheet.y, cell, { anchor: 'end' });
}

async function totals(sheet: Sheet, statement: StatementReply, write: Formats): Promise<void> {
  sheet.need(ROW_HEIGHT * 4);
  sheet.y += 8;
  sheet.rule(sheet.y);
  sheet.y += ROW_HEIGHT + 2;
  await sheet.text(MARGIN, sheet.y, 'Total', { size: 10, bold: true });
  const cells = ['', statement.clicks, statement.flagged, statement.adjusted, statement.billable].map(
    (one) => (typeof one === 'number' ? write.count(one) : one),
  );
  for (const [i, cell] of cells.entries())
    if (cell !== '') await sheet.text(EDGES[i] ?? RIGHT, sheet.y, cell, { anchor: 'end', bold: true });
  sheet.y += ROW_HEIGHT + 8;
  const { currency, cost_micros: cost } = statement;
  const payable = write.payable(cost);
  await sheet.text(RIGHT, sheet.y, `${currency} ${payable}`, { size: 16, bold: true, anchor: 'end' });
  if (payable !== write.exact(cost)) {
    sheet.y += 13;
    const note = `rounded from ${write.exact(cost)}, once, here`;
    await sheet.text(RIGHT, sheet.y, note, { size: 8, color: MUTED, anchor: 'end' });
  }
  sheet.y += 26;
}

const EXPLANATIONS = [
  'Clicks: every click counted, each one once. Flagged: of them judged invalid when they came in. Adjusted: what later',
  'verdicts change (a minus: found invalid afterwards). Billable: clicks less flagged, plus adjusted. The cost per click is',
  'the campaign’s when the click was recorded. Corrections are of months that were closed before: clicks that came late,',
  'and verdicts found after the closing. This statement does not change; what comes later is on the next one.',
] as const;

async function notes(sheet: Sheet, statement: StatementReply): Promise<void> {
  sheet.need(110);
  for (const line of EXPLANATIONS) {
    await sheet.text(MARGIN, sheet.y, line, { size: 8, color: MUTED });
    sheet.y += 11;
  }
  sheet.y += 8;
  await sheet.text(MARGIN, sheet.y, 'Checksum: the SHA-256 of this statement as CSV', {
    size: 8,
    color: MUTED,
  });
  sheet.y += 12;
  await sheet.text(MARGIN, sheet.y, statement.checksum, { size: 9 });
  sheet.y += 14;
}
