import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../testing/wait.js';
import { AttributionRig } from './testing/rig.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

let rig: AttributionRig;
beforeAll(async () => {
  rig = await AttributionRig.start();
});
afterAll(() => rig?.close());

const aUser = () => `user-${randomUUID()}`;
const ago = (ms: number) => Date.now() - ms;

describe('a conversion', () => {
  it('belongs to the click that it names, before a later one of its user', async () => {
    const userId = aUser();
    const named = await rig.click({ campaignId: 'named', clickedAtMs: ago(2 * HOUR_MS) });
    await rig.click({ userId, clickedAtMs: ago(HOUR_MS) });
    const state = await rig.stateOf(await rig.conversion({ clickId: named, userId }));
    expect(state).toMatchObject({
      revision: 1,
      cause: 'matched',
      status: 'attributed',
      reason: '',
      click: named,
      anyClick: named,
      matchedBy: 'click_id',
      campaign: 'named',
    });
  });

  it.each([
    ['a click that it names', 30],
    ['a click of its user', 7],
  ])('takes %s up to the end of the window, and none a millisecond older', async (how, days) => {
    const convertedAtMs = ago(HOUR_MS);
    const isNamed = days === 30;
    for (const [olderMs, expected] of [
      [0, { status: 'attributed', reason: '' }],
      [1, isNamed ? { status: 'unattributed', reason: 'outside_window' } : { status: 'waiting', reason: '' }],
    ] as const) {
      const userId = isNamed ? null : aUser();
      const click = await rig.click({ userId, clickedAtMs: convertedAtMs - days * DAY_MS - olderMs });
      const by = isNamed ? { clickId: click } : { userId };
      expect(await rig.stateOf(await rig.conversion({ ...by, convertedAtMs })), how).toMatchObject(expected);
    }
  });

  it('takes no click that came after it', async () => {
    const userId = aUser();
    const convertedAtMs = ago(HOUR_MS);
    const click = await rig.click({ userId, clickedAtMs: convertedAtMs + 1 });
    expect(await rig.stateOf(await rig.conversion({ userId, convertedAtMs }))).toMatchObject({
      status: 'waiting',
    });
    expect(await rig.stateOf(await rig.conversion({ clickId: click, convertedAtMs }))).toMatchObject({
      status: 'unattributed',
      reason: 'outside_window',
    });
  });

  it('takes no click of another account, and says so', async () => {
    await rig.pool.query(
      "INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'two', 'Two') ON CONFLICT DO NOTHING",
    );
    const userId = aUser();
    const theirs = await rig.click({ tenantId: 2, userId, clickedAtMs: ago(HOUR_MS) });
    expect(await rig.stateOf(await rig.conversion({ clickId: theirs }))).toMatchObject({
      status: 'unattributed',
      reason: 'other_account',
      click: null,
    });
    expect(await rig.stateOf(await rig.conversion({ userId }))).toMatchObject({ status: 'waiting' });
  });

  it('waits for its click, whether it is named or of its user', async () => {
    const userId = aUser();
    const clickId = randomUUID();
    const convertedAtMs = ago(HOUR_MS);
    const byId = await rig.conversion({ clickId, convertedAtMs });
    const byUser = await rig.conversion({ userId, convertedAtMs });
    expect(await rig.stateOf(byId)).toMatchObject({ revision: 0, status: 'waiting' });
    expect(await rig.stateOf(byUser)).toMatchObject({ revision: 0, status: 'waiting' });
    await rig.click({ clickId, clickedAtMs: convertedAtMs - 2 });
    const ofUser = await rig.click({ userId, clickedAtMs: convertedAtMs - 2 });
    expect(await rig.stateOf(byId)).toMatchObject({ revision: 1, status: 'attributed', click: clickId });
    expect(await rig.stateOf(byUser)).toMatchObject({ revision: 1, status: 'attributed', click: ofUser });
    // One that came between the two is the last one.
    const later = await rig.click({ userId, clickedAtMs: convertedAtMs - 1 });
    expect(await rig.stateOf(byUser)).toMatchObject({ revision: 2, cause: 'matched', click: later });
    // An older one changes nothing.
    await rig.click({ userId, clickedAtMs: convertedAtMs - 3 });
    expect(await rig.stateOf(byUser)).toMatchObject({ revision: 2 });
  });

  it('moves to the next valid click when its click is flagged, and back when that is cleared', async () => {
    const userId = aUser();
    const [first, last] = await rig.clicks([
      { userId, campaignId: 'a', clickedAtMs: ago(3 * HOUR_MS) },
      { userId, campaignId: 'b', clickedAtMs: ago(2 * HOUR_MS) },
    ]);
    const id = await rig.conversion({ userId });
    expect(await rig.stateOf(id)).toMatchObject({ click: last, anyClick: last, campaign: 'b' });
    await rig.judge([last as string], true);
    expect(await rig.stateOf(id)).toMatchObject({
      revision: 2,
      cause: 'click_flagged',
      status: 'attributed',
      click: first,
      anyClick: last,
      campaign: 'a',
    });
    await rig.judge([first as string], true);
    expect(await rig.stateOf(id)).toMatchObject({
      revision: 3,
      cause: 'click_flagged',
      status: 'unattributed',
      reason: 'click_flagged',
      click: null,
      anyClick: last,
    });
    await rig.judge([last as string], false);
    expect(await rig.stateOf(id)).toMatchObject({
      revision: 4,
      cause: 'click_cleared',
      status: 'attributed',
      click: last,
      anyClick: last,
    });
  });

  it('of a click that was flagged when it came in is by all clicks alone', async () => {
    const flagged = await rig.click({ clickedAtMs: ago(HOUR_MS), campaignId: 'bots' }, true);
    const id = await rig.conversion({ clickId: flagged });
    expect(await rig.stateOf(id)).toMatchObject({
      status: 'unattributed',
      reason: 'click_flagged',
      click: null,
      anyClick: flagged,
    });
    const views = async () => {
      const result = await rig.client.query({
        query: `SELECT campaign_id AS campaign, sumIf(sign, status = 'attributed' AND bitAnd(views, 1) = 1) AS valid,
            sumIf(sign, status = 'attributed' AND bitAnd(views, 2) = 2) AS all
          FROM conversion_events WHERE basis = 'conversion' AND conversion_id = {id:UUID} GROUP BY campaign HAVING valid + all > 0`,
        query_params: { id },
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      });
      return result.json();
    };
    expect(await views()).toEqual([{ campaign: 'bots', valid: 0, all: 1 }]);
    await rig.judge([flagged], false);
    await rig.settled();
    expect(await views()).toEqual([{ campaign: 'bots', valid: 1, all: 1 }]);
  });

  it('is one of each click where the action counts one; when the first is retracted, the next one has the click', async () => {
    await rig.pool.query(
      "INSERT INTO conversion_actions (tenant_id, action, counting) VALUES (1, 'signup', 'one_per_click')",
    );
    const clickId = await rig.click({ clickedAtMs: ago(HOUR_MS) });
    const [first, second] = await rig.convert([
      { action: 'signup', clickId },
      { action: 'signup', clickId },
    ]);
    const [one, other] = [first as string, second as string].sort() as [string, string];
    expect(await rig.stateOf(one)).toMatchObject({ status: 'attributed', click: clickId });
    expect(await rig.stateOf(other)).toMatchObject({
      status: 'unattributed',
      reason: 'already_converted',
      click: null,
      anyClick: null,
    });
    expect(await rig.stateOf(await rig.conversion({ action: 'sale', clickId }))).toMatchObject({
      status: 'attributed',
    });
    await retract(one);
    expect(await rig.stateOf(other)).toMatchObject({ status: 'attributed', click: clickId });
  });

  it('is given up when its wait is over, with the reason, and a click that comes later finds it no more', async () => {
    const clickId = randomUUID();
    const convertedAtMs = ago(HOUR_MS);
    const id = await rig.conversion({ clickId, convertedAtMs });
    const other = await rig.conversion({ userId: aUser(), convertedAtMs });
    await rig.settled();
    await rig.pool.query(
      "UPDATE conversion_states SET give_up_at = now() - interval '1 hour' WHERE conversion_id = ANY ($1)",
      [[id, other]],
    );
    await until(
      () => rig.history(other),
      (history) => history.length === 2,
    );
    expect(await rig.stateOf(id)).toMatchObject({
      cause: 'expired',
      status: 'unattributed',
      reason: 'unknown_click',
    });
    expect(await rig.stateOf(other)).toMatchObject({ cause: 'expired', reason: 'no_click_of_user' });
    await rig.click({ clickId, clickedAtMs: convertedAtMs - 1 });
    expect(await rig.stateOf(id)).toMatchObject({ revision: 1, status: 'unattributed' });
  });
});

async function retract(conversionId: string): Promise<void> {
  await rig.settled();
  await rig.pool.query(
    `SELECT append_attributions(now(), jsonb_build_array(jsonb_build_object('tenant_id', tenant_id, 'conversion_id', conversion_id,
       'revision', revision, 'cause', 'retracted', 'status', 'retracted', 'reason', '')))
     FROM conversion_states WHERE conversion_id = $1`,
    [conversionId],
  );
  rig.wake.notify();
}
