import { fromDecimal, LIMITS, money, PeriodReply, sumOfMoney, toAmountFields } from '@clickledger/contract';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isZone } from '../accounts/account-settings.js';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { inTransaction } from '../lib/transaction.js';
import { closeUntil } from '../review/adjustments.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { addStatements } from './add-statements.js';
import { closeMonth, listClosedMonths, readMonth } from './billing-periods.js';
import { closePeriod } from './close-month.js';
import { monthAfter, monthAt } from './months.js';
import { toLine } from './statement-lines.js';
import { findStatement } from './statements.js';
import { verifyStatement } from './verify.js';

const running = monthAt(Date.now(), 'UTC');
const [first, second] = [-2, -1].map((months) => monthAfter(running, months)) as [string, string];
const ADVERTISERS = LIMITS.billsMax + 1;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  await system.pool.query(
    `INSERT INTO tenants (tenant_id, slug, name) SELECT i, 'tenant-' || i, 'Tenant' FROM generate_series(2, 6) AS i`,
  );
});
afterAll(() => system?.close());
const parts = (pool: pg.Pool = system.pool) => ({ pool, analytics: null, now: Date.now });

/** Clicks by SQL, received now, in the middle of a month: `count` of each of so many advertisers. */
async function receive(tenantId: number, month: string, advertisers: number, price: number, prefix = 'a') {
  await system.pool.query(
    `WITH batch AS (
       INSERT INTO batches (batch_id, received_at, click_count, fraud_count)
       VALUES (nextval('batch_ids'), date_trunc('milliseconds', now()), $3, 0) RETURNING batch_id, received_at
     )
     INSERT INTO click_events
     SELECT $1, gen_random_uuid(), batch_id, received_at, ($2 || '-15T12:00:00Z')::timestamptz, $5 || lpad(i::text, 6, '0'), 'c-' || $5 || i, 'ad',
       NULL, NULL, lpad(i::text, 16, '0'), '', '', '', '', '', '', false, NULL, '', '', '', $4
     FROM batch, generate_series(1, $3) AS i`,
    [tenantId, month, advertisers, price, prefix],
  );
}

describe('a closing', () => {
  it.each([
    [2, { billing_zone: 'Europe/Berlin' }],
    [3, { currency: 'EUR' }],
  ])('of account %i is in the zone and currency that were set just before it', async (tenantId, change) => {
    const [[column, value]] = Object.entries(change) as [[string, string]];
    let closing: Promise<boolean> | undefined;
    await inTransaction(system.pool, async (client) => {
      await lockTransaction(client, LOCKS.billing, tenantId);
      await client.query(`UPDATE tenants SET ${column} = $2 WHERE tenant_id = $1`, [tenantId, value]);
      closing = closePeriod(parts(), tenantId, first, 'test');
      // It has read what it reads without the lock, and waits.
      await until(
        async () =>
          (
            await system.pool.query(
              `SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND NOT granted`,
              [LOCKS.billing, tenantId],
            )
          ).rowCount === 1,
        (isWaiting) => isWaiting,
      );
    });
    expect(await closing).toBe(true);
    // And the next month follows it.
    expect(await closePeriod(parts(), tenantId, second, 'test')).toBe(true);
    const months = await listClosedMonths(system.pool, tenantId);
    expect(months.map(({ period }) => period)).toEqual([second, first]);
    const { timeZone = '', currency } = { ...months[1] };
    expect({ billing_zone: timeZone, currency }).toMatchObject(change);
    expect(months[1]).toMatchObject(await readMonth(system.pool, first, timeZone));
  });

  it('until a time that lies before one that was closed a moment ago is refused', async () => {
    let earlier: Promise<unknown> | undefined;
    await inTransaction(system.pool, async (client) => {
      await client.query(`SELECT close_period(5, '2026-02-01Z', 'test')`);
      earlier = closeUntil(system.pool, 5, '2026-01-01T00:00:00Z', 'test').catch(
        (error: Error) => error.message,
      );
      await until(
        async () =>
          (
            await system.pool.query(
              `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted`,
              [LOCKS.adjustments],
            )
          ).rowCount === 1,
        (isWaiting) => isWaiting,
      );
    });
    expect(await earlier).toBe('Already closed until 2026-02-01T00:00:00.000Z');
  });

  it('takes a few dozen round trips, however many advertisers there are; a month is read a page at a time', async () => {
    await receive(4, second, ADVERTISERS, 250_000);
    await receive(4, second, 3, 0, 'unpriced-');
    await system.caughtUp();
    let queries = 0;
    const counting = {
      query: system.pool.query.bind(system.pool),
      async connect() {
        const client = await system.pool.connect();
        return new Proxy(client, {
          get(target, name) {
            if (name === 'query') queries++;
            const value = target[name as keyof typeof target];
            return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
          },
        });
      },
    } as unknown as pg.Pool;
    await closePeriod(parts(counting), 4, second, 'test');
    expect(queries).toBeLessThan(40);
    const [month] = await listClosedMonths(system.pool, 4);
    expect(month).toMatchObject({ statements: ADVERTISERS, unpricedClicks: 3 });
    expect(month?.totals).toMatchObject({
      clicks: ADVERTISERS,
      cost: String((ADVERTISERS * 250_000) / 1_000_000),
    });
    const { rows } = await system.pool.query(
      `SELECT min(number) AS first, max(number) AS last, count(DISTINCT number)::int AS numbers FROM statements WHERE tenant_id = 4`,
    );
    expect(rows).toEqual([
      { first: `${second}-0001`, last: `${second}-${ADVERTISERS}`, numbers: ADVERTISERS },
    ]);
  });
});

it('an open month and a closed one page alike, by advertiser, and their sums are of all pages', async () => {
  await system.pool.query(`UPDATE tenants SET currency = 'EUR' WHERE tenant_id = 1`);
  await receive(1, first, ADVERTISERS, 95_000);
  await receive(1, first, 2, 0, 'unpriced-');
  await system.caughtUp();
  const path = `/api/v1/billing/periods/${first}`;
  const pages = async () => {
    const whole = PeriodReply.parse(await system.get(path));
    expect(whole.advertisers).toHaveLength(LIMITS.billsMax);
    const last = PeriodReply.parse(await system.get(`${path}?after=${whole.next_after}`));
    expect(last).toMatchObject({ totals: whole.totals, next_after: null, unpriced_clicks: 2 });
    const few = PeriodReply.parse(await system.get(`${path}?limit=2&after=a000002`));
    expect(few.advertisers.map(({ advertiser_id: id }) => id)).toEqual(['a000003', 'a000004']);
    expect(PeriodReply.parse(await system.get(`${path}?after=zzz`))).toMatchObject({
      advertisers: [],
      next_after: null,
      totals: whole.totals,
    });
    const advertisers = [...whole.advertisers, ...last.advertisers];
    const costs = advertisers.map(({ cost }) => fromDecimal(cost, 'EUR'));
    expect(toAmountFields(sumOfMoney(costs, 'EUR'))).toEqual({
      cost: whole.totals.cost,
      cost_micros: whole.totals.cost_micros,
    });
    return advertisers.map(({ advertiser_id, lines }) => ({ advertiser_id, lines }));
  };
  const open = await pages();
  expect((await system.post(`${path}/close`, {})).statusCode).toBe(201);
  expect(await pages()).toEqual(open);
  for (const query of ['limit=0', `limit=${LIMITS.billsMax + 1}`, 'until=x'])
    expect((await system.app.inject(`${path}?${query}`)).statusCode).toBe(400);
});

it('an amount beyond 2^53, and beyond 2^63, is stored and told to the last millionth', async () => {
  const month = await readMonth(system.pool, first, 'UTC');
  const clicks = 3_000_000_000_001;
  await inTransaction(system.pool, async (client) => {
    await closeMonth(client, 5, month, { timeZone: 'UTC', currency: 'VND', closedBy: 'test' });
    const none = { impressions: 0, conversions: 0 };
    const counted = { advertiserId: 'big', campaignId: 'c', isCorrection: false, fingerprint: '1', ...none };
    const price = LIMITS.costPerClickMicrosMax - 1;
    const line = toLine(
      { ...counted, pricingModel: 'cpc', priceMicros: price, clicks, flagged: 0, adjusted: 0 },
      null,
      'VND',
    );
    const { cost, cost_micros, billable } = line;
    const sums = { clicks, flagged: 0, adjusted: 0, billable, ...none, cost, cost_micros };
    const head = {
      number: `${first}-0001`,
      advertiserId: 'big',
      advertiserName: null,
      checksum: '',
      csvVersion: 1,
    };
    await addStatements(client, 5, first, [{ ...head, lines: [line], ...sums }], {
      totals: sums,
      unpricedClicks: 0,
    });
  });
  const exact = money(BigInt(clicks) * (10n ** 10n - 1n), 'VND');
  expect(exact.micros > 2n ** 63n).toBe(true);
  const { rows } = await system.pool.query('SELECT statement_id FROM statements WHERE tenant_id = 5');
  const statement = await findStatement(system.pool, 5, rows[0].statement_id);
  expect(statement).toMatchObject(toAmountFields(exact));
  expect(statement?.lines[0]).toMatchObject(toAmountFields(exact));
  expect((await listClosedMonths(system.pool, 5))[0]?.totals).toMatchObject(toAmountFields(exact));
});

it('a price and a budget have a maximum, in the API and in the ledger', async () => {
  const put = async (fields: object) =>
    (
      await system.app.inject({
        method: 'PUT',
        url: '/api/v1/campaigns/dear',
        payload: { advertiser_id: 'a', ...fields },
      })
    ).statusCode;
  expect(await put({ cost_per_click_micros: LIMITS.costPerClickMicrosMax })).toBe(200);
  expect(await put({ cost_per_click_micros: LIMITS.costPerClickMicrosMax + 1 })).toBe(400);
  expect(await put({ daily_budget_micros: LIMITS.dailyBudgetMicrosMax })).toBe(200);
  expect(await put({ daily_budget_micros: LIMITS.dailyBudgetMicrosMax + 1 })).toBe(400);
  for (const [column, max] of [
    ['cost_per_click_micros', LIMITS.costPerClickMicrosMax],
    ['daily_budget_micros', LIMITS.dailyBudgetMicrosMax],
  ])
    await expect(
      system.pool.query(`UPDATE campaigns SET ${column} = $1 WHERE campaign_id = 'dear'`, [Number(max) + 1]),
    ).rejects.toThrow('is_bounded');
});

it('a statement of the release before, with lines that cost nothing, still matches', async () => {
  await receive(6, first, 1, 0);
  await receive(6, first, 1, 7);
  await inTransaction(system.pool, async (client) => {
    const month = await readMonth(system.pool, first, 'UTC');
    await closeMonth(client, 6, month, { timeZone: 'UTC', currency: 'USD', closedBy: 'test' });
  });
  await closePeriod(parts(), 6, first, 'test');
  const { rows } = await system.pool.query('SELECT statement_id FROM statements WHERE tenant_id = 6');
  const statement = await findStatement(system.pool, 6, rows[0].statement_id);
  if (!statement) throw new Error('no statement');
  expect(statement.lines).toHaveLength(1);
  expect((await verifyStatement(system.pool, 6, statement)).result).toBe('matches');
  // As the release before made it: with both lines, the one without a price first.
  const counted = { advertiserId: 'a000001', campaignId: 'c-a1', isCorrection: false };
  const { rows: marks } = await system.pool.query(
    `SELECT fingerprint FROM billed_lines(6, $1, NULL) WHERE cost_per_click_micros = 0`,
    [first],
  );
  const unpriced = toLine(
    {
      ...counted,
      pricingModel: 'cpc',
      priceMicros: 0,
      impressions: 0,
      conversions: 0,
      clicks: 1,
      flagged: 0,
      adjusted: 0,
      fingerprint: marks[0].fingerprint,
    },
    null,
    'USD',
  );
  const lines = [unpriced, ...statement.lines];
  const { checksumOf } = await import('./statement-csv.js');
  const old = { ...statement, lines, checksum: checksumOf({ ...statement, lines }) };
  expect(await verifyStatement(system.pool, 6, old)).toMatchObject({ result: 'matches', differences: [] });
});

describe('a zone', () => {
  it('is one that the ledger and the runtime both know by this name', async () => {
    const { rows } = await system.pool.query<{ name: string }>('SELECT name FROM pg_timezone_names');
    const isKnownHere = (name: string) => {
      try {
        new Intl.DateTimeFormat('en', { timeZone: name });
        return true;
      } catch {
        return false;
      }
    };
    const onlyThere = rows.map(({ name }) => name).filter((name) => !isKnownHere(name));
    const names = [
      ...new Set([
        ...onlyThere,
        'posixrules',
        'localtime',
        'Factory',
        'europe/berlin',
        '+01:00',
        'Mars/Olympus',
      ]),
    ];
    for (const name of names) expect([name, await isZone(system.pool, name)]).toEqual([name, false]);
    for (const name of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires'])
      expect([name, await isZone(system.pool, name)]).toEqual([name, true]);
    const reply = await system.app.inject({
      method: 'PATCH',
      url: '/api/v1/admin/settings',
      payload: { billing_zone: 'posixrules' },
    });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().error.fieldErrors).toEqual({ billing_zone: ['Unknown time zone'] });
  });

  it.each([
    'europe/berlin',
    'us/pacific',
    'posixrules',
    'Factory',
    'localtime',
    'Mars/Olympus',
    '+01:00',
    '',
  ])('of a query is refused by name, wherever one is taken: %s', async (zone) => {
    const times = 'start_time=2026-11-01T00:00:00Z&end_time=2026-11-02T00:00:00Z';
    for (const path of [
      `analytics/aggregate?${times}&granularity=day`,
      `analytics/aggregate?${times}&granularity=minute`,
      `fraud/summary?${times}`,
      `export/aggregate.csv?${times}&granularity=day`,
    ]) {
      const reply = await system.app.inject(`/api/v1/${path}&timezone=${encodeURIComponent(zone)}`);
      expect([path, reply.statusCode, reply.body]).toEqual([path, 400, expect.stringContaining('timezone')]);
    }
  });
});

it('a node without the role query says that it can not tell an open month, instead of zeros', async () => {
  const other = await startTestSystem({ ROLES: 'ingest' });
  try {
    for (const path of ['/api/v1/billing/periods', `/api/v1/billing/periods/${first}`]) {
      const reply = await other.app.inject(path);
      expect(reply.statusCode).toBe(503);
      expect(reply.json().error.code).toBe('no_analytics');
    }
    expect((await other.post(`/api/v1/billing/periods/${first}/close`, {})).statusCode).toBe(201);
    expect(await other.get(`/api/v1/billing/periods/${first}`)).toMatchObject({ state: 'closed' });
  } finally {
    await other.close();
  }
});
