import { describe, expect, it } from 'vitest';
import { type ConversionReading, readAmount, readConversion } from './conversions.js';
import { LIMITS } from './limits.js';

const CLICK = '0198f2a0-0000-7000-8000-000000000001';
const read = (fields: Record<string, unknown>) =>
  readConversion({ action: 'sale', click_id: CLICK, ...fields });
const wrong = (reading: ConversionReading) => ('error' in reading ? reading.error : null);

describe('an amount', () => {
  it.each([
    ['19.99', 19_990_000n],
    [19.99, 19_990_000n],
    ['0', 0n],
    [0, 0n],
    ['0.000001', 1n],
    // 0.1 + 0.2 is none of these: the shortest text of a number is what was sent.
    [0.07, 70_000n],
    [1_000_000_000, 1_000_000_000_000_000n],
    [999_999_999.999_999, 999_999_999_999_999n],
    ['007.50', 7_500_000n],
    [1e3, 1_000_000_000n],
  ])('%j is exact', (sent, micros) => expect(readAmount(sent)).toEqual({ micros }));

  it.each([
    ['1e3', 'invalid_value'],
    ['1E3', 'invalid_value'],
    ['', 'invalid_value'],
    ['1,5', 'invalid_value'],
    ['+1', 'invalid_value'],
    ['0x10', 'invalid_value'],
    ['1.', 'invalid_value'],
    ['.5', 'invalid_value'],
    ['NaN', 'invalid_value'],
    ['Infinity', 'invalid_value'],
    [true, 'invalid_value'],
    [[1], 'invalid_value'],
    [1e-7, 'invalid_value'],
    ['-0.01', 'value_negative'],
    [-1, 'value_negative'],
    ['0.0000001', 'value_too_precise'],
    [0.1 + 0.2, 'value_too_precise'],
    ['1000000000.000001', 'value_too_large'],
    ['9'.repeat(400), 'value_too_large'],
  ])('%j is refused', (sent, code) => expect(readAmount(sent)).toMatchObject({ code }));
});

describe('a conversion', () => {
  it('is taken with its action and a click alone, and null says that there is none', () => {
    expect(read({ user_id: null, order_id: null, value: null })).toEqual({
      input: { action: 'sale', click_id: CLICK },
    });
  });

  it('has an action in any case and a currency in any case', () => {
    expect(read({ action: ' Sale ', currency: 'eur', value: '1' })).toMatchObject({
      input: { action: 'sale', currency: 'EUR' },
    });
  });

  it('has a time as clicks have it', () => {
    expect(read({ timestamp: 1_760_000_000 })).toMatchObject({
      input: { timestamp: '2025-10-09T08:53:20.000Z' },
    });
    expect(wrong(read({ timestamp: '2026-01-01' }))).toMatchObject({
      code: 'invalid_timestamp',
      fieldErrors: { timestamp: ['"2026-01-01": a day without a time'] },
    });
  });

  it.each([
    [{ action: undefined }, 'action', 'action_required'],
    [{ action: ' ' }, 'action', 'invalid_action'],
    [{ action: 'a'.repeat(LIMITS.actionLengthMax + 1) }, 'action', 'invalid_action'],
    [{ action: '..' }, 'action', 'invalid_action'],
    [{ action: 5 }, 'action', 'invalid_action'],
    [{ click_id: undefined }, 'click_id', 'click_or_user_required'],
    [{ click_id: 'REPLACE' }, 'click_id', 'invalid_click_id'],
    [{ user_id: '' }, 'user_id', 'invalid_user_id'],
    [{ user_id: '\ud800' }, 'user_id', 'invalid_user_id'],
    [{ order_id: 'a\u0000' }, 'order_id', 'invalid_order_id'],
    [{ order_id: 'o'.repeat(LIMITS.idLengthMax + 1) }, 'order_id', 'invalid_order_id'],
    [{ order_id: 7 }, 'order_id', 'invalid_order_id'],
    [{ value: '1e3' }, 'value', 'invalid_value'],
    [{ value: {} }, 'value', 'invalid_value'],
    [{ currency: 'EURO' }, 'currency', 'invalid_currency'],
    [{ currency: 'XXX' }, 'currency', 'invalid_currency'],
    [{ conversion_id: '1' }, 'conversion_id', 'invalid_conversion_id'],
  ])('%j is refused by %s, with %s', (fields, field, code) => {
    const error = wrong(read(fields));
    expect(error?.code).toBe(code);
    expect(Object.keys(error?.fieldErrors ?? {})).toEqual([field]);
  });

  it.each([null, [], 'sale', 5, undefined])('%j is none', (sent) =>
    expect(wrong(readConversion(sent))?.code).toBe('invalid_body'),
  );

  it('is read by its own fields: a prototype brings none', () => {
    expect(wrong(readConversion(Object.create({ action: 'sale', click_id: CLICK })))?.code).toBe(
      'action_required',
    );
  });
});
