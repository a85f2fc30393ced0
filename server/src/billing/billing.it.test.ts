import { createHash, randomUUID } from 'node:crypto';
import {
  PeriodReply,
  PeriodsReply,
  StatementReply,
  StatementsReply,
  VerifyReply,
} from '@clickledger/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toImportBatch } from '../ingest/import-wire.js';
import { maintainLedger, UNBILLED_DAYS_MAX } from '../ledger/maintain.js';
import { inTransaction } from '../lib/transaction.js';
import { appendAdjustments } from '../review/adjustments.js';
import { DAY_MS, makePastDay } from '../testing/past-days.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { closeMonth, readMonth } from './billing-periods.js';
import { closePeriod } from './close-month.js';
import { listMonths, monthAfter, monthAt } from './months.js';

const running = monthAt(Date.now(), 'UTC');
const [before, first, second] = [-3, -2, -1].map((months) => monthAfter(running, months)) as [
  string,
  string,
  string,
];
const BILLING = '/api/v1/billing';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  await price('c-1', 'acme', 250_000);
  await price('c-2', 'bolt', 100_000);
  await system.app.inject({
    method: 'PUT',
    url: '/api/v1/advertisers/acme',
    payload: { name: '=Acme, "Ltd"' },
  });
  await send(before, 4, 'c-1', 'acme');
  await send(first, 10, 'c-1', 'acme');
  await send(first, 3, 'c-1', 'acme', { isBot: true });
  await send(first, 7, 'c-2', 'bolt');
  await price('c-1', 'acme', 400_000);
  await send(first, 5, 'c-1', 'acme');
  await send(second, 6, 'c-1', 'acme');
});
afterAll(() => system?.close());

async function price(campaign: string, advertiser: string, micros: number) {
  const payload = { advertiser_id: advertiser, cost_per_click_micros: micros };
  await system.app.inject({ method: 'PUT', url: `/api/v1/campaigns/${campaign}`, payload });
}
/** Imports clicks in the middle of a month; the ids of them. */
async function send(
  month: string,
  count: number,
  campaignId: string,
  advertiserId: string,
  { isBot = false, tenantId = 1, day = 15 } = {},
): Promise<string[]> {
  const clicks = Array.from({ length: count }, (_, i) => ({
    ...{
      tenantId,
      clickId: randomUUID(),
      mayRepeat: true,
      adId: `ad-${i}`,
      campaignId,
      advertiserId,
      userId: null,
    },
    ...{
      ipHash: null,
      visitorKey: randomUUID().slice(0, 8).repeat(2),
      country: '',
      deviceType: '' as const,
      os: '',
    },
    clickedAtMs: Date.parse(`${month}-${day}T12:00:00Z`) + i * 60_000,
    browser: '',
    userAgent: '',
    referrer: '',
    facts: {
      addressCountry: '',
      isDatacenter: null,
      listed: null,
      ...(isBot
        ? { agent: 'bot' as const, agentMatched: 'bot' }
        : { agent: 'browser' as const, agentMatched: '' }),
    },
  }));
  const reply = await system.post('/api/v1/admin/import', toImportBatch(clicks, 'a file'));
  expect(reply.statusCode).toBe(202);
  await system.caughtUp();
  return clicks.map(({ clickId }) => clickId);
}
/** A later verdict on some clicks. */
async function adjust(clickIds: readonly string[], isFraudulent: boolean) {
  const { rows } = await system.pool.query(
    `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs"
     FROM click_events WHERE click_id = ANY ($1)`,
    [clickIds],
  );
  const adjusted = await appendAdjustments(system.pool, {
    tenantId: 1,
    madeAtMs: Date.now(),
    madeBy: 'test',
    rulesVersion: 0,
    isFraudulent,
    clicks: rows.map((row) => ({ ...row, reason: 'regular_gaps', evidence: '{}' })),
  });
  expect(adjusted).toBe(clickIds.length);
}
async function settings(payload: object) {
  const reply = await system.app.inject({ method: 'PATCH', url: '/api/v1/admin/settings', payload });
  expect(reply.statusCode).toBe(200);
}
const month = async (period: string) => PeriodReply.parse(await system.get(`${BILLING}/periods/${period}`));
const close = (period: string) =>
  system.app.inject({ method: 'POST', url: `${BILLING}/periods/${period}/close` });
const statements = async (period: string) =>
  StatementsReply.parse(await system.get(`${BILLING}/statements?period=${period}`)).data.reverse();
const statement = async (id: number) => StatementReply.parse(await system.get(`${BILLING}/statements/${id}`));
const verify = async (id: number) =>
  VerifyReply.parse(await system.get(`${BILLING}/statements/${id}/verify`));
const counts = (line: {
  clicks: number;
  flagged: number;
  adjusted: number;
  billable: number;
  cost_micros: number;
}) => [line.clicks, line.flagged, line.adjusted, line.billable, line.cost_micros];
/** What a month says, without what only a statement has. */
const figures = ({ advertisers, totals }: PeriodReply) => ({
  totals,
  advertisers: advertisers.map(({ statement_id: _, number: __, ...rest }) => rest),
});

describe('a month', () => {
  it('has a line a campaign and price, flagged clicks unpaid, and is not billed before it is over', async () => {
    const { data } = PeriodsReply.parse(await system.get(`${BILLING}/periods`));
    expect(data.map(({ period, state, may_close }) => [period, state, may_close])).toEqual([
      [running, 'running', false],
      [second, 'open', true],
      [first, 'open', true],
      [before, 'open', true],
    ]);
    const open = await month(first);
    expect(open.advertisers.map(({ advertiser_id, lines }) => [advertiser_id, lines.map(counts)])).toEqual([
      [
        'acme',
        [
          [13, 3, 0, 10, 2_500_000],
          [5, 0, 0, 5, 2_000_000],
        ],
      ],
      ['bolt', [[7, 0, 0, 7, 700_000]]],
    ]);
    expect(counts(open.totals)).toEqual([25, 3, 0, 22, 5_200_000]);
    expect((await close(running)).statusCode).toBe(409);
    expect((await close('2026-13')).statusCode).toBe(400);
  });

  it('a month of a year that no store knows is refused, and one at the edge is empty', async () => {
    const statusOf = async (period: string) =>
      (await system.app.inject(`${BILLING}/periods/${period}`)).statusCode;
    for (const period of ['0000-01', '0001-01', '1899-12', '2200-01', '9999-12'])
      expect(await statusOf(period), period).toBe(400);
    for (const period of ['1900-01', '2199-12']) expect(await statusOf(period), period).toBe(200);
  });

  it('a first month before the account’s first click and its making is refused with the field', async () => {
    for (const period of ['1990-01', monthAfter(before, -1)]) {
      const reply = await close(period);
      expect(reply.statusCode).toBe(400);
      expect(reply.json().error.fieldErrors.period[0]).toContain(before);
    }
    expect((await system.pool.query('SELECT days_to_be_billed() AS days')).rows[0].days).toBe(null);
  });

  it('is closed into a numbered statement an advertiser, with what the month said before; once', async () => {
    const terms = {
      ...{
        issuer_name: 'Clicks Inc.',
        issuer_address: '1 Main St\nSpringfield',
        issuer_contact: 'Ann Lee, CFO',
      },
      payment_days: 14,
      tax_label: 'VAT',
      tax_percent: 8.875,
      payment_note: 'IBAN XX00',
    };
    await settings(terms);
    const open = await month(first);
    const replies = await Promise.all([close(first), close(first), close(first)]);
    expect(replies.map(({ statusCode }) => statusCode).every((code) => code < 300)).toBe(true);
    const closed = await month(first);
    expect(figures(closed)).toEqual(figures(open));
    expect(closed).toMatchObject({
      state: 'closed',
      closed_by: 'protected mode',
      statements: 2,
      currency: 'USD',
    });
    const made = await statements(first);
    expect(made.map(({ number, advertiser_id }) => [number, advertiser_id])).toEqual([
      [`${first}-0001`, 'acme'],
      [`${first}-0002`, 'bolt'],
    ]);
    expect(made[0]).toMatchObject({ advertiser_name: '=Acme, "Ltd"', cost_micros: 4_500_000 });
    // What is printed is what was in force when the month was closed, whatever is changed later.
    await settings({ issuer_name: 'Another', tax_percent: null });
    const { closed_at, ...whole } = await statement(made[0]?.statement_id ?? 0);
    expect(whole.terms).toEqual(terms);
    expect(whole.due_on).toBe(new Date(Date.parse(closed_at) + 14 * 86_400_000).toISOString().slice(0, 10));
    expect((await close(first)).statusCode).toBe(200);
    // Months follow one another: none before the first that was closed.
    expect((await close(before)).statusCode).toBe(409);
  });

  it.each([
    [{ tax_percent: 100.001 }, 'tax_percent'],
    [{ tax_percent: 7.0001 }, 'tax_percent'],
    [{ payment_days: 366 }, 'payment_days'],
    [{ issuer_name: 'two\nlines' }, 'issuer_name'],
    [{ issuer_address: ' ' }, 'issuer_address'],
  ])('names the term that is wrong: %j', async (payload, field) => {
    const reply = await system.app.inject({ method: 'PATCH', url: '/api/v1/admin/settings', payload });
    expect([reply.statusCode, Object.keys(reply.json().error.fieldErrors)]).toEqual([400, [field]]);
  });

  it('fixes the currency and the zone with its closing', async () => {
    const change = (payload: object) =>
      system.app.inject({ method: 'PATCH', url: '/api/v1/admin/settings', payload });
    expect((await change({ currency: 'EUR' })).statusCode).toBe(409);
    expect((await change({ billing_zone: 'Europe/Berlin' })).statusCode).toBe(409);
    expect((await change({ billing_zone: 'Mars/Olympus' })).statusCode).toBe(400);
    expect((await change({ currency: 'euro' })).statusCode).toBe(400);
    expect(await system.get('/api/v1/admin/settings')).toMatchObject({
      currency: 'USD',
      billing_zone: 'UTC',
      may_change_billing: false,
    });
  });
});

describe('a statement', () => {
  it('is its file: the checksum is the SHA-256 of the CSV', async () => {
    for (const { statement_id: id, checksum, number } of await statements(first)) {
      const file = await system.app.inject(`${BILLING}/statements/${id}/statement.csv`);
      expect(createHash('sha256').update(file.rawPayload).digest('hex')).toBe(checksum);
      expect(file.headers['content-disposition']).toBe(`attachment; filename="statement-${number}.csv"`);
      // A name that a spreadsheet would run is disarmed, and its quotes are doubled.
      if (number.endsWith('1')) expect(file.body).toContain(`"'=Acme, ""Ltd"""`);
    }
    const none = await system.app.inject(`${BILLING}/statements/999999`);
    expect(none.statusCode).toBe(404);
  });

  it('stays as it is, and matches the ledger, whatever comes later; the next month has it as a correction', async () => {
    const old = await statements(first);
    const wholes = await Promise.all(old.map(({ statement_id: id }) => statement(id)));
    const [late] = [await send(first, 2, 'c-1', 'acme')];
    const { rows } = await system.pool.query(
      `SELECT click_id, clicked_at < $1 AS unbilled FROM click_events
       WHERE campaign_id = 'c-1' AND NOT is_fraudulent AND cost_micros = 250000 ORDER BY clicked_at`,
      [`${first}-01T00:00:00Z`],
    );
    const ids = (unbilled: boolean) =>
      rows.filter((row) => row.unbilled === unbilled).map((row) => row.click_id);
    // Of the closed month, of one that came late, of the open month, and of the time before billing began.
    await adjust(ids(false).slice(0, 3), true);
    await adjust(late.slice(0, 1), true);
    await adjust(ids(true).slice(0, 2), true);
    await adjust(ids(false).slice(0, 1), false);
    const inSecond = await system.pool.query(
      'SELECT click_id FROM click_events WHERE clicked_at >= $1 ORDER BY clicked_at LIMIT 1',
      [`${second}-01T00:00:00Z`],
    );
    await adjust([inSecond.rows[0].click_id], true);
    await system.caughtUp();

    expect(await Promise.all(old.map(({ statement_id: id }) => statement(id)))).toEqual(wholes);
    for (const { statement_id: id, checksum } of old)
      expect(await verify(id)).toMatchObject({
        result: 'matches',
        checksum,
        recomputed_checksum: checksum,
        differences: [],
      });

    const open = await month(second);
    // They count when they are found, so in the running month, when the one before it is still open.
    expect(open.advertisers[0]?.lines.map((line) => [line.is_correction, ...counts(line)])).toEqual([
      [false, 6, 0, -1, 5, 2_000_000],
      [true, 2, 0, 0, 2, 800_000],
    ]);
    expect((await close(second)).statusCode).toBe(201);
    expect(figures(await month(second))).toEqual(figures(open));
    for (const { statement_id: id } of await statements(second))
      expect((await verify(id)).result).toBe('matches');

    const now = await month(running);
    expect(
      now.advertisers[0]?.lines.map((line) => [
        line.is_correction,
        line.cost_per_click_micros,
        ...counts(line),
      ]),
    ).toEqual([
      [true, 250_000, 0, 0, -2, -2, -500_000],
      [true, 400_000, 0, 0, -1, -1, -400_000],
    ]);
  });

  it('bills each click once: all statements together are the clicks of the ledger since billing began', async () => {
    const all = [...(await statements(first)), ...(await statements(second))];
    const { rows } = await system.pool.query(
      'SELECT count(*)::int AS clicks FROM click_events WHERE clicked_at >= $1 AND clicked_at < $2',
      [`${first}-01T00:00:00Z`, `${running}-01T00:00:00Z`],
    );
    expect(all.reduce((sum, one) => sum + one.clicks, 0)).toBe(rows[0].clicks);
  });

  it('differs when a click of it is gone or has another price, and says in which line', async () => {
    const [acme] = await statements(first);
    const id = acme?.statement_id as number;
    const spoil = async (sql: string, undo: string) => {
      await system.pool.query(sql);
      const found = await verify(id);
      await system.pool.query(undo);
      return found;
    };
    const one = `(SELECT click_id FROM click_events WHERE campaign_id = 'c-1' AND cost_micros = 250000
      AND clicked_at >= '${first}-01' AND NOT is_fraudulent ORDER BY click_id LIMIT 1)`;
    await system.pool.query(`CREATE TABLE kept AS SELECT * FROM click_events WHERE click_id = ${one}`);
    const gone = await spoil(
      'DELETE FROM click_events WHERE click_id IN (SELECT click_id FROM kept)',
      'INSERT INTO click_events SELECT * FROM kept',
    );
    expect(gone.result).toBe('differs');
    expect(gone.recomputed_checksum).not.toBe(acme?.checksum);
    expect(gone.differences).toMatchObject([
      { campaign_id: 'c-1', cost_per_click_micros: 250_000, stated: { clicks: 13 }, counted: { clicks: 12 } },
    ]);
    // As many clicks, but another one.
    const swapped = await spoil(
      `UPDATE click_events SET click_id = '00000000-0000-4000-8000-0000000000ff' WHERE click_id IN (SELECT click_id FROM kept)`,
      `UPDATE click_events SET click_id = (SELECT click_id FROM kept) WHERE click_id = '00000000-0000-4000-8000-0000000000ff'`,
    );
    expect(swapped).toMatchObject({
      result: 'differs',
      differences: [{ stated: { clicks: 13 }, counted: { clicks: 13 } }],
    });
    expect((await verify(id)).result).toBe('matches');
  });

  it.each(['statements', 'statement_lines', 'billing_periods', 'billing_totals', 'closed_periods'])(
    'can not be changed: %s only grows',
    async (table) => {
      for (const sql of [
        `DELETE FROM ${table}`,
        `UPDATE ${table} SET tenant_id = 1`,
        `TRUNCATE ${table} CASCADE`,
      ])
        await expect(system.pool.query(sql)).rejects.toThrow('only grow');
    },
  );
});

describe('what may go wrong', () => {
  const parts = () => ({ pool: system.pool, analytics: system.analytics, now: Date.now });
  beforeAll(async () => {
    await system.pool.query(
      `INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'two', 'Two'), (3, 'three', 'Three')`,
    );
    await system.pool.query(
      `INSERT INTO campaigns (tenant_id, campaign_id, advertiser_id, cost_per_click_micros) VALUES (2, 'other', 'other', 1)`,
    );
    await send(first, 9, 'other', 'other', { tenantId: 2 });
  });

  it('a server that dies between the closing and its statements: they are made later, and only once', async () => {
    const terms = { timeZone: 'UTC', currency: 'USD', closedBy: 'test' };
    const month = await readMonth(system.pool, first, 'UTC');
    await inTransaction(system.pool, (client) => closeMonth(client, 2, month, terms));
    await send(first, 1, 'other', 'other', { tenantId: 2 });
    await Promise.all([1, 2, 3].map(() => closePeriod(parts(), 2, first, 'test')));
    const { rows } = await system.pool.query('SELECT number, clicks FROM statements WHERE tenant_id = 2');
    expect(rows).toEqual([{ number: `${first}-0001`, clicks: 9 }]);
  });

  it('another account’s statements are not there', async () => {
    const { rows } = await system.pool.query('SELECT statement_id FROM statements WHERE tenant_id = 2');
    const path = `${BILLING}/statements/${rows[0].statement_id}`;
    for (const url of [path, `${path}/verify`, `${path}/statement.csv`])
      expect((await system.app.inject(url)).statusCode).toBe(404);
    expect((await statements(first)).map(({ advertiser_id }) => advertiser_id)).toEqual(['acme', 'bolt']);
  });

  it('a month begins and ends at midnight of its zone', async () => {
    expect(await readMonth(system.pool, '2026-10', 'Europe/Berlin')).toEqual({
      period: '2026-10',
      fromTime: '2026-09-30T22:00:00.000Z',
      toTime: '2026-10-31T23:00:00.000Z',
    });
    expect(monthAt(Date.parse('2026-10-31T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11');
    expect([monthAfter('2026-12'), monthAfter('2026-01', -1)]).toEqual(['2027-01', '2025-12']);
  });

  it('clicks that are still to be billed outlive retention, but not for ever; a month without its clicks says so', async () => {
    const RETENTION_DAYS = 32;
    const ago = (days: number) => Date.now() - days * DAY_MS;
    const isThere = async (days: number) => {
      const partition = `click_events_${new Date(ago(days)).toISOString().slice(0, 10).replaceAll('-', '')}`;
      return (await system.pool.query('SELECT to_regclass($1) AS found', [partition])).rows[0].found !== null;
    };
    const maintain = () => maintainLedger(system.pool, { dedupWindowDays: 7, retentionDays: RETENTION_DAYS });
    const longest = RETENTION_DAYS + UNBILLED_DAYS_MAX;
    for (const days of [longest + 1, longest, 40]) await makePastDay(system.pool, ago(days));
    // Of another tenant, that closed a month half a year ago and none since.
    await system.pool.query(
      `INSERT INTO billing_periods VALUES (3, '${monthAfter(running, -7)}', now() - interval '230 days', now() - interval '200 days', 'UTC', 'USD',
         now() - interval '230 days', 0, 0, now() - interval '190 days', 'test');
       UPDATE tenants SET created_at = now() - interval '230 days' WHERE tenant_id IN (2, 3)`,
    );
    await maintain();
    expect([await isThere(longest + 1), await isThere(longest), await isThere(40)]).toEqual([
      false,
      true,
      true,
    ]);
    const months = await listMonths(parts(), 3);
    const keptFrom = Math.floor(ago(longest) / DAY_MS) * DAY_MS;
    for (const { from_time, is_whole, period } of months)
      expect([period, is_whole]).toEqual([period, Date.parse(from_time) >= keptFrom + 3_600_000]);
    expect(new Set(months.map(({ is_whole }) => is_whole)).size).toBe(2);
    await system.pool.query(
      `INSERT INTO billing_periods VALUES (3, '${second}', now() - interval '90 days', now(), 'UTC', 'USD',
         now() - interval '120 days', 0, 0, now(), 'test')`,
    );
    await closePeriod(parts(), 2, second, 'test');
    await maintain();
    expect(await isThere(40)).toBe(false);

    const [acme] = await statements(first);
    await system.pool.query(`UPDATE tenants SET created_at = '2020-01-01' WHERE tenant_id = 1`);
    expect(await verify(acme?.statement_id as number)).toMatchObject({
      result: 'not_kept',
      recomputed_checksum: null,
    });
  });
});
