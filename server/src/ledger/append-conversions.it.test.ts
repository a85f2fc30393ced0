import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aConversion, convert, decide, matched } from '../testing/conversions.js';
import { DAY_MS, makePastDay } from '../testing/past-days.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { appendConversions, CONVERSION_ACTIONS_MAX } from './append-conversions.js';
import { maintainLedger } from './maintain.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest,query' });
  await system.pool.query(`INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'other', 'Other')`);
});
afterAll(() => system?.close());

const rowsOf = async (sql: string, values: unknown[] = []) => (await system.pool.query(sql, values)).rows;
const stored = (conversionId: string) =>
  rowsOf('SELECT * FROM conversions WHERE conversion_id = $1', [conversionId]);
/** The states that a conversion ever had. */
const states = (conversionId: string) =>
  rowsOf('SELECT * FROM attributions WHERE conversion_id = $1 ORDER BY revision', [conversionId]);
async function click(fields: Record<string, unknown> = {}): Promise<string> {
  const clickId = randomUUID();
  expect((await system.post('/api/v1/clicks', aClick({ click_id: clickId, ...fields }))).statusCode).toBe(
    202,
  );
  return clickId;
}

it('an order id counts once, in one request, in two, and in two at the same moment', async () => {
  const orders = ['a', 'b', 'a'].map((orderId) => aConversion({ orderId }));
  const first = await appendConversions(system.pool, orders, Date.now());
  expect(first.map((one) => one.isDuplicate)).toEqual([false, false, true]);
  expect(first[2]?.conversionId).toBe(orders[0]?.conversionId);
  expect(await convert(system.pool, { orderId: 'a', valueMicros: 1n })).toEqual({
    ...first[2],
    refusal: null,
  });
  // Of another action or tenant it is another order.
  expect(await convert(system.pool, { orderId: 'a', action: 'refund-check' })).toMatchObject({
    isDuplicate: false,
  });
  expect(await convert(system.pool, { orderId: 'a', tenantId: 2 })).toMatchObject({ isDuplicate: false });

  const atOnce = await Promise.all(
    Array.from({ length: 8 }, () => convert(system.pool, { orderId: 'at-once' })),
  );
  expect(atOnce.filter((one) => !one.isDuplicate)).toHaveLength(1);
  expect(new Set(atOnce.map((one) => one.conversionId)).size).toBe(1);
  expect(await rowsOf(`SELECT FROM conversions WHERE order_id = 'at-once'`)).toHaveLength(1);
});

it('without an order id the conversion’s own id counts once, under whatever order it comes again', async () => {
  const one = aConversion();
  const send = (fields: object) => appendConversions(system.pool, [{ ...one, ...fields }], Date.now());
  expect(await send({})).toEqual([{ conversionId: one.conversionId, isDuplicate: false, refusal: null }]);
  expect(await send({})).toMatchObject([{ isDuplicate: true }]);
  expect(await send({ orderId: 'late' })).toEqual([
    { conversionId: one.conversionId, isDuplicate: true, refusal: null },
  ]);
  // The order itself is not taken by it.
  expect(await convert(system.pool, { orderId: 'late' })).toMatchObject({ isDuplicate: false });
  // An id that comes under two orders in one request is stored once; a repeated order takes no id with it.
  const [id, other] = [randomUUID(), randomUUID()];
  const mixed = await appendConversions(
    system.pool,
    [
      aConversion({ orderId: 'x', conversionId: id }),
      aConversion({ orderId: 'x', conversionId: other }),
      aConversion({ orderId: 'y', conversionId: other }),
      aConversion({ orderId: 'z', conversionId: id }),
    ],
    Date.now(),
  );
  expect(mixed.map((row) => [row.conversionId, row.isDuplicate])).toEqual([
    [id, false],
    [id, true],
    [other, false],
    [id, true],
  ]);
});

it('an action says what a conversion is worth and for how long its click is looked for', async () => {
  await system.pool.query(
    `INSERT INTO conversion_actions (tenant_id, action, click_window_days, user_window_days, default_value_micros, default_currency)
     VALUES (1, 'lead', 3, 2, 5000000, 'GBP')`,
  );
  await system.pool.query(
    `INSERT INTO conversion_actions (tenant_id, action, status) VALUES (1, 'old', 'paused')`,
  );
  const worth = async (fields: object) => {
    const { conversionId, refusal } = await convert(system.pool, { action: 'lead', ...fields });
    const [row] = await stored(conversionId);
    return refusal ?? [row.value_micros, row.currency];
  };
  expect(await worth({ valueMicros: null, currency: null })).toEqual([5_000_000, 'GBP']);
  expect(await worth({ valueMicros: null, currency: 'EUR' })).toEqual([5_000_000, 'GBP']);
  expect(await worth({ valueMicros: 7n, currency: null })).toEqual([7, 'GBP']);
  expect(await worth({ valueMicros: 7n, currency: 'JPY' })).toEqual([7, 'JPY']);
  expect(await worth({ valueMicros: 1_000_000_000_000_000n })).toEqual([1e15, 'EUR']);
  expect(await worth({ action: 'new', valueMicros: null, currency: null })).toEqual([0, '']);
  expect(await worth({ action: 'new', valueMicros: 1n, currency: null })).toBe('no_currency');
  expect(await worth({ action: 'old' })).toBe('action_paused');
  await expect(worth({ valueMicros: 1_000_000_000_000_001n })).rejects.toThrow(/value_micros/);

  const days = async (fields: object) => {
    const { conversionId } = await convert(system.pool, { action: 'lead', userId: null, ...fields });
    const [row] = await rowsOf(
      'SELECT give_up_at - received_at AS wait FROM conversion_states WHERE conversion_id = $1',
      [conversionId],
    );
    return row.wait.days ?? 0;
  };
  expect(await days({ clickId: randomUUID() })).toBe(3);
  expect(await days({ userId: 'u' })).toBe(2);
  expect(await days({ clickId: randomUUID(), userId: 'u' })).toBe(3);
});

it(`a tenant has ${CONVERSION_ACTIONS_MAX} actions at most, of which others lose none`, async () => {
  await system.pool.query(`INSERT INTO tenants (tenant_id, slug, name) VALUES (3, 'many', 'Many')`);
  const many = Array.from({ length: CONVERSION_ACTIONS_MAX + 1 }, (_, i) =>
    aConversion({ tenantId: 3, action: `action-${i}` }),
  );
  const refused = async (sent: typeof many) =>
    (await appendConversions(system.pool, sent, Date.now())).map((one) => one.refusal);
  expect(await refused(many)).toEqual([...Array(CONVERSION_ACTIONS_MAX).fill(null), 'too_many_actions']);
  expect(
    await refused([
      aConversion({ tenantId: 3, action: 'action-5' }),
      aConversion({ tenantId: 3, action: 'another' }),
      aConversion({ tenantId: 2, action: 'another' }),
    ]),
  ).toEqual([null, 'too_many_actions', null]);
});

it('a state says what its click was, what it took the place of, and is appended once', async () => {
  const { conversionId } = await convert(system.pool);
  const [valid, last] = [
    await click({ campaign_id: 'c-valid', country: 'DE' }),
    await click({ campaign_id: 'c-last' }),
  ];
  const decision = {
    click: await matched(system.pool, valid),
    anyClick: await matched(system.pool, last),
    checkedTo: 7,
  };
  expect(await decide(system.pool, conversionId, decision)).toBe(1);
  // Decided on a state that is no longer the newest, it changes nothing.
  expect(await decide(system.pool, conversionId, { ...decision, revision: 0 })).toBe(0);
  // The value alone; then the click alone, which is now the last one too.
  expect(await decide(system.pool, conversionId, { cause: 'restated', valueMicros: 1_000_000n })).toBe(1);
  const both = { click: await matched(system.pool, last), anyClick: await matched(system.pool, last) };
  expect(await decide(system.pool, conversionId, { ...both, cause: 'click_cleared' })).toBe(1);
  expect(await decide(system.pool, conversionId, { cause: 'retracted', status: 'retracted' })).toBe(1);
  const none = { click: null, anyClick: null, status: 'unattributed', reason: 'no_click_of_user' } as const;
  expect(await decide(system.pool, conversionId, none)).toBe(1);
  const rows = await states(conversionId);
  expect(
    rows.map((row) => [
      row.revision,
      row.status,
      row.value_micros,
      row.campaign_id,
      row.any_click?.campaign_id ?? null,
    ]),
  ).toEqual([
    [0, 'waiting', 12_500_000, '', null],
    [1, 'attributed', 12_500_000, 'c-valid', 'c-last'],
    [2, 'attributed', 1_000_000, 'c-valid', 'c-last'],
    [3, 'attributed', 1_000_000, 'c-last', null],
    [4, 'retracted', 1_000_000, 'c-last', null],
    [5, 'unattributed', 1_000_000, '', null],
  ]);
  for (const [i, row] of rows.entries()) expect(row.previous?.revision ?? -1).toBe(i - 1);
  expect(rows[1]).toMatchObject({ country: 'DE', click_id: valid, matched_by: 'click_id' });
  expect(
    await rowsOf('SELECT * FROM conversion_states WHERE conversion_id = $1', [conversionId]),
  ).toMatchObject([
    { revision: 5, status: 'unattributed', click_id: null, any_click_id: null, checked_to: 7 },
  ]);
  // A batch says how many rows it makes in analytics: the state before and the new one, as each view, at one or two times.
  const batches = await rowsOf(
    'SELECT b.conversion_count AS n FROM attributions a JOIN batches b USING (batch_id) WHERE a.conversion_id = $1 ORDER BY a.revision',
    [conversionId],
  );
  expect(batches.map((row) => row.n)).toEqual([1, 1 + 4, 4 + 4, 4 + 2, 2 + 2, 2 + 1]);
});

it('a click that the ledger does not have is not attributed to', async () => {
  const { conversionId } = await convert(system.pool);
  const gone = { ...(await matched(system.pool, await click())), clickId: randomUUID() };
  expect(await decide(system.pool, conversionId, { click: gone, anyClick: null })).toBe(0);
  expect(
    await decide(system.pool, conversionId, { click: null, anyClick: gone, status: 'unattributed' }),
  ).toBe(0);
  expect(await states(conversionId)).toHaveLength(1);
});

it('what changes in a closed period counts after it, the old state and the new one alike', async () => {
  const closedUntil = Date.now() - DAY_MS;
  const early = await convert(system.pool, { tenantId: 2, convertedAtMs: closedUntil - DAY_MS });
  const clickId = await click();
  await system.pool.query(
    `INSERT INTO closed_periods (tenant_id, closed_until, closed_by) VALUES (2, $1, 'test')`,
    [new Date(closedUntil)],
  );
  const late = await convert(system.pool, { tenantId: 2, convertedAtMs: closedUntil - DAY_MS });
  const open = await convert(system.pool, { tenantId: 2, convertedAtMs: closedUntil });
  // The click is of another tenant: nothing may be attributed to it.
  expect(await decide(system.pool, early.conversionId, { click: await matched(system.pool, clickId) })).toBe(
    0,
  );
  for (const one of [early, late, open])
    await decide(system.pool, one.conversionId, {
      click: null,
      status: 'unattributed',
      reason: 'unknown_click',
    });
  const deferred = async ({ conversionId }: { conversionId: string }) =>
    (await states(conversionId)).map((row) => [row.is_deferred, row.counts_at.getTime() >= closedUntil]);
  expect(await deferred(early)).toEqual([
    [false, false],
    [true, true],
  ]);
  expect(await deferred(late)).toEqual([
    [true, true],
    [true, true],
  ]);
  expect(await deferred(open)).toEqual([
    [false, true],
    [false, true],
  ]);
});

it('a request sees the conversions of its own tenant alone', async () => {
  const session = await system.pool.connect();
  try {
    for (const table of [
      'conversion_actions',
      'conversion_keys',
      'conversions',
      'attributions',
      'conversion_states',
    ]) {
      await session.query('BEGIN');
      await session.query(
        `SET LOCAL ROLE clickledger_request; SELECT set_config('clickledger.tenant_id', '2', true)`,
      );
      const { rows } = await session.query(`SELECT DISTINCT tenant_id FROM ${table}`);
      expect(rows, table).toEqual([{ tenant_id: 2 }]);
      await session.query('ROLLBACK');
    }
  } finally {
    session.release();
  }
});

it('retention drops the conversions of old days, and keeps what makes an order unique', async () => {
  // Nothing waits in a system whose relay does not run.
  await system.pool.query('SELECT stamp_chunk(5000, 1000000)');
  await system.pool.query('UPDATE chunks SET delivered_at = now()');
  const longAgo = Date.now() - 60 * DAY_MS;
  await makePastDay(system.pool, longAgo);
  const old = await convert(system.pool, { orderId: 'long-ago' }, longAgo);
  // A day of before there were conversions has no table for them.
  await makePastDay(system.pool, longAgo - DAY_MS);
  const day = new Date(longAgo - DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
  await system.pool.query(`DROP TABLE conversions_${day}, attributions_${day}`);
  await system.pool.query('SELECT stamp_chunk(5000, 1000000)');
  await system.pool.query('UPDATE chunks SET delivered_at = now()');
  const kept = await rowsOf('SELECT count(*) AS n FROM conversions WHERE conversion_id <> $1', [
    old.conversionId,
  ]);

  await maintainLedger(system.pool, { dedupWindowDays: 7, retentionDays: 30 });
  expect(await stored(old.conversionId)).toEqual([]);
  expect(await states(old.conversionId)).toEqual([]);
  expect(await rowsOf('SELECT FROM conversion_states WHERE conversion_id = $1', [old.conversionId])).toEqual(
    [],
  );
  expect(await rowsOf('SELECT count(*) AS n FROM conversions')).toEqual(kept);
  expect(await convert(system.pool, { orderId: 'long-ago' })).toEqual({ ...old, isDuplicate: true });
});
