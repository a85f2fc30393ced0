import { expect, test } from 'vitest';
import { ApiError } from '../api/http.js';
import { formErrorText } from './FormError.js';

const invalid = (fields: Record<string, string[]>) => new ApiError(400, 'invalid', 'x', 0, null, fields);

test('a wrong field has the name that the form has', () => {
  expect(formErrorText(invalid({ value: ['Enter an IP address'] }))).toBe('Value: Enter an IP address');
  expect(formErrorText(invalid({ 'velocity_ip.count_max': ['At least 1'] }))).toBe(
    'Clicks per IP: clicks allowed: At least 1',
  );
  expect(formErrorText(invalid({ 'rules.ad_burst.factor': ['At least 2'], days: ['At most 31'] }))).toBe(
    'Ad burst: × hourly average: At least 2. Days: At most 31',
  );
});

test('other errors are explained', () => {
  expect(formErrorText(new ApiError(403, 'forbidden', 'You don’t have permission to do this.'))).toContain(
    'You don’t have permission to do this.',
  );
  expect(formErrorText(new RangeError('Enter an amount, e.g. 0.25'))).toBe('Enter an amount, e.g. 0.25');
});
