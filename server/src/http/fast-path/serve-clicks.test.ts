import { expect, it } from 'vitest';
import { REFUSALS } from '../../ingest/submission.js';
import { UNAVAILABLE } from '../server/errors.js';

it('what the short way answers is ASCII: its length in bytes is that of the text', () => {
  expect(JSON.stringify([REFUSALS, UNAVAILABLE])).toMatch(/^[\x20-\x7e]+$/);
});
