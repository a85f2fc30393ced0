import { LIMITS } from '@clickledger/contract';
import { describe, expect, it } from 'vitest';
import { fieldsOfPostback, maskedQuery } from './postback.js';

const CLICK = '0198f2a0-0000-7000-8000-000000000001';

describe('the parameters of a postback', () => {
  it.each([
    ['Voluum', { cid: CLICK, et: 'sale', txid: 'tx-1', payout: '4.20', currency: 'EUR' }],
    ['Keitaro', { subid: CLICK, status: 'sale', tid: 'tx-1', payout: '4.20', currency: 'EUR' }],
    ['Binom', { cnv_id: CLICK, cnv_status: 'sale', txid: 'tx-1', cnv_payout: '4.20', cnv_currency: 'EUR' }],
    ['our own', { click_id: CLICK, action: 'sale', order_id: 'tx-1', value: '4.20', currency: 'EUR' }],
  ])('are those of %s', (_tracker, parameters) =>
    expect(fieldsOfPostback(parameters)).toEqual({
      click_id: CLICK,
      action: 'sale',
      order_id: 'tx-1',
      value: '4.20',
      currency: 'EUR',
    }),
  );

  it('are absent where a macro had nothing to say, and the first of several names counts', () => {
    expect(fieldsOfPostback({ cid: CLICK, clickid: 'other', payout: ' ', txid: '', et: '' })).toEqual({
      click_id: CLICK,
      action: 'conversion',
    });
    expect(fieldsOfPostback({ et: '', status: 'Lead' })).toEqual({ action: 'Lead' });
  });

  it('are no properties of a prototype', () =>
    expect(fieldsOfPostback(Object.create({ cid: CLICK }))).toEqual({ action: 'conversion' }));
});

describe('the log of a postback', () => {
  it('has the query as it was sent, without secrets and users', () =>
    expect(maskedQuery('secret=s3&cid=1&UID=ann&user%5Fid=ann&sig=ff&note=x%20s3', 's3')).toBe(
      'secret=***&cid=1&UID=***&user%5Fid=***&sig=***&note=x%20***',
    ));

  it('has no more of it than it may', () => {
    expect(maskedQuery('a'.repeat(LIMITS.postbackQueryLengthMax), null)).toHaveLength(
      LIMITS.postbackQueryLengthMax,
    );
    expect(maskedQuery('a'.repeat(LIMITS.postbackQueryLengthMax + 1), null)).toHaveLength(
      LIMITS.postbackQueryLengthMax,
    );
    expect(maskedQuery('%zz=1&b=\u0000', null)).toBe('%zz=1&b=');
  });
});
