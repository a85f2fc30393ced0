import { afterAll, beforeAll, expect, it } from 'vitest';
import { aJudgedClick } from '../testing/judged-click.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { appendBatch } from './append-batch.js';
import { EntityRegistry } from './entities.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
});
afterAll(() => system.close());

const NOW_MS = Date.now();
type Place = { adId: string; campaignId: string; advertiserId: string };
const judged = (place: Place) => aJudgedClick(place);

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
