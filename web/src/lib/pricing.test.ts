import type { Campaign } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { setMoneyFormat } from './format.js';
import { PRICING_MODELS, priceOf, priceText } from './pricing.js';

const campaign = {
  cost_per_click_micros: 95_001,
  cost_per_thousand_micros: 2_000_000,
  cost_per_conversion_micros: 30_000_000,
} as Campaign;

test('the price in force is that of the model, with every digit, and says which model unless it is CPC', () => {
  setMoneyFormat('USD');
  const texts = PRICING_MODELS.map((pricing_model) =>
    priceText(priceOf({ ...campaign, pricing_model }), pricing_model),
  );
  expect(texts).toEqual(['$0.095001', '$2.00 CPM', '$30.00 CPA']);
});
