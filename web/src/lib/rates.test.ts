import { expect, test } from 'vitest';
import { NO_FIGURES } from '../api/questions.js';
import { cpaOf, cvrOf, roasOf } from './rates.js';

test('rates are of billable clicks, spend, and value', () => {
  const figures = {
    ...NO_FIGURES,
    clicks: 120,
    billable: 100,
    spendMicros: 50_000_000,
    conversions: 4,
    valueMicros: 200_000_000,
  };
  expect([cvrOf(figures), cpaOf(figures), roasOf(figures)]).toEqual([0.04, 12_500_000, 4]);
});

test('a rate of nothing is none, not zero', () => {
  expect([cvrOf(NO_FIGURES), cpaOf(NO_FIGURES), roasOf(NO_FIGURES)]).toEqual([null, null, null]);
});
