import { IdempotencyKey } from '../clicks.js';
import { refused } from '../route.js';

/** Of routes that bring clicks or conversions. */
export const intakeHeaders = {
  'Idempotency-Key': {
    description: 'Makes a retry safe: the same key and body get the first reply again for 5 minutes.',
    schema: IdempotencyKey,
  },
};
export const intakeRefusals = {
  409: {
    ...refused('The first request with this Idempotency-Key is still in flight elsewhere.'),
    retryAfter: true,
  },
  413: refused('The body is larger than the limit.'),
  415: refused('The Content-Type or the Content-Encoding of the body is not taken; the message names it.'),
  422: refused('This Idempotency-Key was used with another body, or on another route.'),
  503: {
    ...refused('Nothing was stored: the ledger is unavailable or the queue is full. Try again.'),
    retryAfter: true,
  },
} as const;
