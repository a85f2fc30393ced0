import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_FACTS } from '../fraud/facts.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { appendBatch, type JudgedClick } from './append-batch.js';
import { EntityRegistry } from './entities.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
});
afterAll(() => system.close());

const NOW_MS = Date.now();
let clicks = 0;

const judged = (ids: { adId: string; campaignId: string; advertiserId: string }): JudgedClick => ({
  click: {
    ...ids,
    tenantId: 1,
    clickId: `01900000-0000-7000-8000-${String(++clicks).padStart(12, '0')}`,
    mayRepeat: false,
    clickedAtMs: NOW_MS,
    userId: null,
    ipHash: null,
    visitorKey: '0123456789abcdef',
    country: '',
    deviceType: '',
    os: '',
    browser: '',
    userAgent: '',
    referrer: '',
    facts: NO_FACTS,
  },
  verdict: { isFraudulent: false, reason: null, reasons: [], rulesNotRun: [], evidence: '' },
});

it('knows what it registered, also when an ad has a second campaign or advertiser', async () => {
  const registry = new EntityRegistry();
  const ad = { adId: 'ad', campaignId: 'camp-1', advertiserId: 'adv-1' };
  const places = [ad, { ...ad, campaignId: 'camp-2' }, { ...ad, advertiserId: 'adv-2' }];
  for (const [i, place] of places.entries()) {
    expect(registry.unknownAmong([judged(place), judged(place)])?.size).toBe(1);
    await appendBatch(system.pool, registry, [judged(place)], NOW_MS);
    expect(registry.unknownAmong(places.slice(0, i + 1).map(judged))).toBeNull();
  }
  const { rows } = await system.pool.query('SELECT campaign_id FROM campaigns ORDER BY 1');
  expect(rows.map((row) => row.campaign_id)).toEqual(['camp-1', 'camp-2']);
  expect(registry.unknownAmong([judged({ ...ad, adId: 'other' })])?.size).toBe(1);
});
