import {
  fromDecimal,
  type Money,
  money,
  type StatementLine,
  type StatementReply,
  toDecimal,
} from '@clickledger/contract';
import { PRICING } from '../lib/pricing.js';
import { amountsDue } from './amounts-due.js';
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

/** In one locale, so that the document is the same wherever it is made. */
const LOCALE = 'en-US';

interface Formats {
  /** Decimals of the currency. */
  digits: number;
  count: (n: number) => string;
  currency: string;
  /** With every digit there is. */
  exact: (amount: Money) => string;
  /** Whole units of the currency's last digit. */
  payable: (units: bigint) => string;
}

function formatsOf(currency: string): Formats {
  const count = new Intl.NumberFormat(LOCALE);
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat(LOCALE, {
    style: 'currency',
    currency,
  }).resolvedOptions();
  const exact = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: 6 });
  const payable = new Intl.NumberFormat(LOCALE, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return {
    digits,
    count: (n) => count.format(n),
    currency,
    // Intl takes decimal text as well (ECMA-402, 2023), which its types do not know yet.
    exact: (amount) => exact.format(toDecimal(amount) as unknown as number),
    payable: (units) => payable.format(`${units}E-${digits}` as unknown as number),
  };
}

async function head(sheet: Sheet, statement: StatementReply): Promise<void> {
  const { terms, time_zone: timeZone } = statement;
  const day = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'long', timeZone });
  const moment = new Intl.DateTimeFormat(LOCALE, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  });
  sheet.y += 14;
  await sheet.text(MARGIN, sheet.y, 'Statement of clicks', { size: 18, bold: true });
  await sheet.text(RIGHT, sheet.y, statement.number, { size: 14, bold: true, anchor: 'end' });
  sheet.y += 26;
  await issuer(sheet, statement);
  const signature = terms?.issuer_contact ?? statement.closed_by;
  const facts = [
    ['Bill to', statement.advertiser_name ?? statement.advertiser_id],
    ['Advertiser ID', statement.advertiser_id],
    // The end is excluded: the last day is the one of the moment before it.
    ['Period', day.formatRange(Date.parse(statement.from_time), Date.parse(statement.to_time) - 1)],
    ['Time zone', timeZone.replaceAll('_', ' ')],
    ['Currency', statement.currency],
    ['Closed', moment.format(Date.parse(statement.closed_at))],
    // Nobody signs for a server that was open to whoever reached it.
    ['Signed by', signature === OPEN_SERVER ? null : signature],
    ['Payment due', statement.due_on && longDay(statement.due_on)],
  ] as const;
  for (const [label, value] of facts) {
    if (!value) continue;
    await sheet.text(MARGIN, sheet.y, label, { color: MUTED });
    await sheet.text(MARGIN + 84, sheet.y, value, { widthMax: CONTENT_WIDTH - 84 });
    sheet.y += 14;
  }
  sheet.y += 6;
}

/** Who is named when something is done while no access is configured. */
const OPEN_SERVER = 'protected mode';

/** `2026-12-12` as "December 12, 2026". */
const longDay = (day: string) =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: 'long', timeZone: 'UTC' }).format(
    Date.parse(`${day}T00:00:00Z`),
  );

async function issuer(sheet: Sheet, { terms }: StatementReply): Promise<void> {
  const lines = [terms?.issuer_name, ...(terms?.issuer_address?.split('\n') ?? [])].filter((one) => !!one);
  if (lines.length === 0) return;
  for (const [i, text] of lines.entries()) {
    await sheet.text(MARGIN, sheet.y, text as string, { bold: i === 0, widthMax: CONTENT_WIDTH });
    sheet.y += 13;
  }
  sheet.y += 8;
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
    ['Clicks this month', statement.lines.filter((line) => !line.is_correction)],
    ['Corrections from earlier months', statement.lines.filter((line) => line.is_correction)],
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
  const isByClick = line.pricing_model !== 'cpm' && line.pricing_model !== 'cpa';
  const counted = isByClick
    ? [line.clicks, line.flagged, line.adjusted, line.billable].map(write.count)
    : ['', '', '', write.count(line.pricing_model === 'cpm' ? line.impressions : line.conversions)];
  const price = write.exact(
    money(isByClick ? line.cost_per_click_micros : line.price_micros, write.currency),
  );
  const cells = [
    isByClick ? price : `${price} ${PRICING[line.pricing_model].short}`,
    ...counted,
    write.exact(fromDecimal(line.cost, write.currency)),
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
  await due(sheet, statement, write);
}

/** What is to be paid: with a tax line in the owner's words, where there is one. */
async function due(sheet: Sheet, statement: StatementReply, write: Formats): Promise<void> {
  const { currency, terms } = statement;
  const cost = fromDecimal(statement.cost, currency);
  const percent = terms?.tax_percent ?? null;
  const { subtotal, tax, total } = amountsDue(cost, write.digits, percent);
  sheet.need(ROW_HEIGHT * 4);
  if (tax !== null) {
    const lines = [
      ['Subtotal', write.payable(subtotal)],
      [`${terms?.tax_label ?? 'Tax'} (${percent}%)`, write.payable(tax)],
    ] as const;
    for (const [label, amount] of lines) {
      await sheet.text(RIGHT - (COLUMN_WIDTHS.at(-1) ?? 0) - 24, sheet.y, label, {
        anchor: 'end',
        color: MUTED,
      });
      await sheet.text(RIGHT, sheet.y, amount, { anchor: 'end' });
      sheet.y += ROW_HEIGHT;
    }
    sheet.y += 8;
  }
  await sheet.text(RIGHT, sheet.y, `${currency} ${write.payable(total)}`, {
    size: 16,
    bold: true,
    anchor: 'end',
  });
  if (write.payable(subtotal) !== write.exact(cost)) {
    sheet.y += 13;
    const note = `${tax === null ? 'Total' : 'Subtotal'} rounded from ${write.exact(cost)}`;
    await sheet.text(RIGHT, sheet.y, note, { size: 8, color: MUTED, anchor: 'end' });
  }
  sheet.y += 26;
  for (const line of terms?.payment_note?.split('\n') ?? []) {
    sheet.need(13);
    await sheet.text(MARGIN, sheet.y, line, { widthMax: CONTENT_WIDTH });
    sheet.y += 13;
  }
  sheet.y += 8;
}

const EXPLANATIONS = [
  'Clicks: every click, counted once. Flagged: invalid when it was received. Adjusted: changes from later fraud findings',
  '(negative when a click was found invalid afterwards). Billable: clicks minus flagged, plus adjusted. The cost per click is',
  'the campaign’s when the click was recorded. Corrections cover months that were closed earlier: late clicks, and fraud',
  'findings after the closing. This statement does not change. Later changes appear on the next statement.',
] as const;

/** On statements that have lines of other models alone. */
const EXPLANATION_OF_MODELS =
  'CPM: the price of 1,000 impressions. CPA: the price of a conversion. In such lines, Billable counts impressions or conversions.';

async function notes(sheet: Sheet, statement: StatementReply): Promise<void> {
  sheet.need(121);
  const hasModels = statement.lines.some(({ pricing_model: model }) => model === 'cpm' || model === 'cpa');
  for (const line of hasModels ? [...EXPLANATIONS, EXPLANATION_OF_MODELS] : EXPLANATIONS) {
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
