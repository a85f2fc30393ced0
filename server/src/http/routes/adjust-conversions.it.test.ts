import { randomUUID } from 'node:crypto';
import { type AdjustReply, LIMITS } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../../testing/system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

let serial = 0;
async function sell(
  fields: Record<string, unknown> = {},
): Promise<{ order_id: string; conversion_id: string }> {
  const sale = {
    action: 'sale',
    click_id: randomUUID(),
    order_id: `order-${serial++}`,
    value: '20',
    currency: 'EUR',
    ...fields,
  };
  const reply = await system.post('/api/v1/conversions', sale);
  expect(reply.statusCode).toBe(202);
  return { order_id: sale.order_id, conversion_id: reply.json().conversion_id };
}
async function adjust(...adjustments: unknown[]): Promise<AdjustReply> {
  const reply = await system.post('/api/v1/conversions/adjust', { adjustments });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json();
}
/** The causes and values of a conversion's states, without what the attribution of its click makes. */
async function historyOf(conversionId: string): Promise<[string, string][]> {
  const { rows } = await system.pool.query<{ cause: string; micros: string }>(
    `SELECT cause, value_micros::text AS micros FROM attributions
     WHERE conversion_id = $1 AND cause IN ('received', 'restated', 'retracted') ORDER BY revision`,
    [conversionId],
  );
  return rows.map(({ cause, micros }) => [cause, micros]);
}
const codesOf = ({ results }: AdjustReply) =>
  results.map((result) => (result.success ? result.is_unchanged : result.error.code));

it('restates by order ID and retracts by conversion ID, by rows that are appended, and a repeat changes nothing', async () => {
  const one = await sell();
  const restate = { adjustment: 'restate', action: 'Sale', order_id: one.order_id, value: '12.345678' };
  expect(await adjust(restate)).toEqual({
    adjusted: 1,
    unchanged: 0,
    rejected: 0,
    results: [{ success: true, conversion_id: one.conversion_id, is_unchanged: false }],
  });
  expect(codesOf(await adjust(restate))).toEqual([true]);
  const retract = { adjustment: 'retract', conversion_id: one.conversion_id, note: 'Sent back' };
  expect(codesOf(await adjust(retract))).toEqual([false]);
  expect(codesOf(await adjust(retract))).toEqual([true]);
  expect(await historyOf(one.conversion_id)).toEqual([
    ['received', '20000000'],
    ['restated', '12345678'],
    ['retracted', '12345678'],
  ]);
  const audit = await system.get<{ data: object[] }>(`/api/v1/admin/audit?subject=${one.conversion_id}`);
  expect(audit.data).toMatchObject([
    { action: 'conversion.adjust', after: { status: 'retracted', note: 'Sent back' } },
    {
      action: 'conversion.adjust',
      before: { value_micros: '20000000' },
      after: { value_micros: '12345678' },
    },
  ]);
});

it('refuses each wrong entry with its field and a code, and takes the others', async () => {
  const [one, two, retracted, free] = await Promise.all([
    sell(),
    sell(),
    sell(),
    sell({ value: undefined, currency: undefined }),
  ]);
  await adjust({ adjustment: 'retract', conversion_id: retracted.conversion_id });
  const reply = await adjust(
    { adjustment: 'restate', action: 'sale', order_id: one.order_id, value: 5 },
    { adjustment: 'retract', conversion_id: one.conversion_id },
    { adjustment: 'retract', action: 'sale', order_id: 'nobody' },
    { adjustment: 'retract', conversion_id: randomUUID() },
    { adjustment: 'retract', order_id: two.order_id },
    { adjustment: 'retract', action: 'sale', order_id: two.order_id, conversion_id: one.conversion_id },
    { adjustment: 'restate', conversion_id: two.conversion_id },
    { adjustment: 'restate', conversion_id: two.conversion_id, value: '1e3' },
    { adjustment: 'restate', conversion_id: two.conversion_id, value: '1', currency: 'USD' },
    { adjustment: 'restate', conversion_id: retracted.conversion_id, value: '1' },
    { adjustment: 'restate', conversion_id: free.conversion_id, value: '1' },
    { adjustment: 'delete', conversion_id: two.conversion_id },
    { adjustment: 'retract' },
    7,
  );
  expect(codesOf(reply)).toEqual([
    false,
    'adjusted_twice',
    'unknown_conversion',
    'unknown_conversion',
    'action_required',
    'unknown_conversion',
    'value_required',
    'invalid_value',
    'currency_mismatch',
    'conversion_retracted',
    'currency_required',
    'invalid_adjustment',
    'order_id_required',
    'invalid_body',
  ]);
  expect(await historyOf(two.conversion_id)).toHaveLength(1);
  expect(
    codesOf(
      await adjust({ adjustment: 'restate', conversion_id: free.conversion_id, value: '1', currency: 'EUR' }),
    ),
  ).toEqual([false]);
});

it('takes 1,000 and no more', async () => {
  const { conversion_id } = await sell();
  const of = (length: number) =>
    system.post('/api/v1/conversions/adjust', {
      adjustments: Array.from({ length }, () => ({ adjustment: 'retract', conversion_id })),
    });
  const most = await of(LIMITS.batchConversionsMax);
  expect([most.statusCode, most.json().adjusted, most.json().rejected]).toEqual([
    200,
    1,
    LIMITS.batchConversionsMax - 1,
  ]);
  expect((await of(LIMITS.batchConversionsMax + 1)).statusCode).toBe(400);
  expect((await of(0)).statusCode).toBe(400);
});

it('two that retract at once append one state', async () => {
  const { conversion_id } = await sell();
  const replies = await Promise.all(
    Array.from({ length: 5 }, () => adjust({ adjustment: 'retract', conversion_id })),
  );
  expect(replies.map(({ adjusted }) => adjusted).sort()).toEqual([0, 0, 0, 0, 1]);
  expect(await historyOf(conversion_id)).toHaveLength(2);
});

it('says so when retention has dropped the conversion', async () => {
  const { conversion_id, order_id } = await sell();
  await system.pool.query('DELETE FROM attributions WHERE conversion_id = $1', [conversion_id]);
  await system.pool.query('DELETE FROM conversion_states WHERE conversion_id = $1', [conversion_id]);
  expect(codesOf(await adjust({ adjustment: 'retract', action: 'sale', order_id }))).toEqual([
    'conversion_too_old',
  ]);
});
