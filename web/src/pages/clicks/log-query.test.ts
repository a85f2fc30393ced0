import { expect, it } from 'vitest';
import { isAddressHash, isClickId, listName, logParams, splitFilters } from './log-query.js';

const span = { startMs: 0, endMs: 60_000 };
const is = (dimension: 'country' | 'fraud_reason' | 'utm_source', ...values: string[]) => ({
  dimension,
  not: false,
  values,
});

it('asks the log with the range and the filters it can apply', () => {
  const filters = [is('country', 'DE'), { ...is('country', 'FR'), not: true }];
  expect(String(logParams(span, filters, { user_id: 'u 1', flagged: 'true' }))).toBe(
    'start_time=1970-01-01T00%3A00%3A00.000Z&end_time=1970-01-01T00%3A01%3A00.000Z&country=DE&user_id=u+1&flagged=true',
  );
});

it('names the filters that the log can not apply: "is not", and several values', () => {
  const several = is('country', 'DE', 'FR');
  expect(splitFilters([is('country', 'DE'), several])).toEqual({
    applied: [is('country', 'DE')],
    ignored: [several],
  });
});

it('can not look for clicks whose landing said nothing', () => {
  const [nothing, some] = [is('utm_source', ''), is('utm_source', 'newsletter')];
  expect(splitFilters([nothing, some])).toEqual({ applied: [some], ignored: [nothing] });
});

it('looks for a click by its id at any time', () => {
  expect(String(logParams(span, [], { click_id: 'x' }))).toBe('click_id=x');
});

it('takes the rule "not flagged" for what it means', () => {
  expect(logParams(span, [is('fraud_reason', '')], {}).get('flagged')).toBe('false');
});

it('tells click ids and hashes of addresses apart', () => {
  expect(isClickId('0192f0c1-2a3b-7c4d-8e5f-001122334455')).toBe(true);
  expect(isClickId('0192f0c12a3b7c4d8e5f001122334455')).toBe(false);
  expect(isAddressHash('0192f0c12a3b7c4d8e5f001122334455')).toBe(true);
});

it('gives different lists different names', () => {
  expect(listName('a')).not.toBe(listName('b'));
  expect(listName('a')).toBe(listName('a'));
});
