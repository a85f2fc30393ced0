import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendAttributions } from '../ledger/append-attributions.js';
import { AttributionRig } from './testing/rig.js';

/** Clicks, verdicts, conversions, restatements and retractions in any order, against a model that knows all of it and looks through it. */
let rig: AttributionRig;
beforeAll(async () => {
  rig = await AttributionRig.start({ eachMax: 3 });
});
afterAll(() => rig?.close());

const DAY_MS = 86_400_000;
const TENANTS = [1, 2];
const STEPS = 70;

interface ModelClick {
  tenantId: number;
  clickId: string;
  userId: string | null;
  clickedAtMs: number;
  campaignId: string;
  isFraudulent: boolean;
}
interface ModelConversion {
  tenantId: number;
  conversionId: string;
  clickId: string | null;
  userId: string | null;
  convertedAtMs: number;
  value: bigint;
  isRetracted: boolean;
}

/** Numbers from a seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** What a conversion belongs to, by looking through every click there is. */
function truthOf(conversion: ModelConversion, clicks: readonly ModelClick[]) {
  const able = (among: readonly ModelClick[]) => {
    const before = (click: ModelClick, days: number) =>
      click.tenantId === conversion.tenantId &&
      click.clickedAtMs <= conversion.convertedAtMs &&
      conversion.convertedAtMs - click.clickedAtMs <= days * DAY_MS;
    const named = among.find((click) => click.clickId === conversion.clickId && before(click, 30));
    if (named) return named;
    let last: ModelClick | null = null;
    for (const click of among)
      if (click.userId !== null && click.userId === conversion.userId && before(click, 7))
        if (
          !last ||
          click.clickedAtMs > last.clickedAtMs ||
          (click.clickedAtMs === last.clickedAtMs && click.clickId > last.clickId)
        )
          last = click;
    return last;
  };
  const click = able(clicks.filter(({ isFraudulent }) => !isFraudulent));
  const anyClick = able(clicks);
  const isKnown = clicks.some(
    ({ clickId, tenantId }) => clickId === conversion.clickId && tenantId === conversion.tenantId,
  );
  const status = click ? 'attributed' : anyClick || isKnown ? 'unattributed' : 'waiting';
  const reason = click || status === 'waiting' ? '' : anyClick ? 'click_flagged' : 'outside_window';
  return { status, reason, click, anyClick };
}

it.each([1, 2, 3])(
  'random lives end as a model says, in the ledger and in analytics (seed %d)',
  async (seed) => {
    const random = randomFrom(seed);
    const pick = <T>(among: readonly T[]): T => among[random(among.length)] as T;
    const chance = (percent: number) => random(100) < percent;
    if (seed === 1)
      await rig.pool.query(
        "INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'two', 'Two') ON CONFLICT DO NOTHING",
      );
    // Few, so that much meets; of each seed its own.
    const users = ['a', 'b', 'c'].map((name) => `${name}-${seed}`);
    const announced: string[] = [];
    const clicks: ModelClick[] = [];
    const conversions: ModelConversion[] = [];
    const baseMs = Date.now() - 40 * DAY_MS;
    const aTime = () => baseMs + random(40 * 24) * 3_600_000;

    for (let step = 0; step < STEPS; step++) {
      const kind = random(100);
      if (kind < 40) {
        const count = 1 + random(3);
        const made = Array.from({ length: count }, (): ModelClick => {
          const clickId = chance(40) ? announced.pop() : undefined;
          return {
            tenantId: pick(TENANTS),
            clickId: clickId ?? randomUUID(),
            userId: chance(70) ? pick(users) : null,
            clickedAtMs: aTime(),
            campaignId: `camp-${seed}-${random(3)}`,
            isFraudulent: chance(25),
          };
        });
        for (const flagged of [true, false])
          await rig.clicks(
            made.filter(({ isFraudulent }) => isFraudulent === flagged),
            flagged,
          );
        clicks.push(...made);
      } else if (kind < 70) {
        const names = random(3);
        let clickId: string | null = null;
        if (names > 0) {
          clickId = chance(50) && clicks.length > 0 ? pick(clicks).clickId : randomUUID();
          if (!clicks.some((click) => click.clickId === clickId)) announced.push(clickId);
        }
        const conversion: ModelConversion = {
          tenantId: pick(TENANTS),
          conversionId: randomUUID(),
          clickId,
          userId: names !== 1 ? pick(users) : null,
          convertedAtMs: aTime(),
          value: BigInt(random(1_000_000)),
          isRetracted: false,
        };
        const { value, isRetracted: _, ...sent } = conversion;
        await rig.convert([{ ...sent, valueMicros: value }]);
        conversions.push(conversion);
      } else if (kind < 88 && clicks.length > 0) {
        const click = pick(clicks);
        click.isFraudulent = !click.isFraudulent;
        await rig.judge([click.clickId], click.isFraudulent, click.tenantId);
      } else if (conversions.length > 0) {
        const conversion = pick(conversions);
        if (conversion.isRetracted) continue;
        const isRetraction = chance(30);
        const value = BigInt(random(1_000_000));
        const stored = await restate(conversion, isRetraction ? null : value);
        if (!stored) continue;
        if (isRetraction) conversion.isRetracted = true;
        else conversion.value = value;
      }
      if (chance(20)) await rig.settled();
    }
    await rig.settled();
    await expectLedger(conversions, clicks);
    for (const view of ['valid', 'all'] as const)
      for (const basis of ['conversion', 'click'] as const)
        await expectAnalytics(conversions, clicks, view, basis, seed);
  },
);

/** Restates a value, or retracts a conversion, as a request does at any moment. False: the relay was faster. */
async function restate({ tenantId, conversionId }: ModelConversion, value: bigint | null): Promise<boolean> {
  const { rows } = await rig.pool.query<{ revision: number; status: 'waiting'; reason: string }>(
    `SELECT s.revision, s.status, a.reason FROM conversion_states s
     JOIN attributions a ON a.tenant_id = s.tenant_id AND a.conversion_id = s.conversion_id AND a.revision = s.revision
     WHERE s.tenant_id = $1 AND s.conversion_id = $2`,
    [tenantId, conversionId],
  );
  const [state] = rows;
  if (!state) throw new Error('no such conversion');
  const change =
    value === null
      ? ({ cause: 'retracted', status: 'retracted', reason: '' } as const)
      : ({ cause: 'restated', status: state.status, reason: state.reason, valueMicros: value } as const);
  const stored = await appendAttributions(
    rig.pool as never,
    [{ tenantId, conversionId, revision: state.revision, ...change }],
    Date.now(),
  );
  rig.wake.notify();
  return stored.length === 1;
}

async function expectLedger(
  conversions: readonly ModelConversion[],
  clicks: readonly ModelClick[],
): Promise<void> {
  const { rows } = await rig.pool.query<Record<string, unknown> & { id: string }>(
    `SELECT s.conversion_id AS id, s.status, a.reason, s.click_id AS click, s.any_click_id AS any, a.value_micros::text AS value
     FROM conversion_states s
     JOIN attributions a ON a.tenant_id = s.tenant_id AND a.conversion_id = s.conversion_id AND a.revision = s.revision
     WHERE s.conversion_id = ANY ($1)`,
    [conversions.map(({ conversionId }) => conversionId)],
  );
  const stored = new Map(rows.map((row) => [row.id, row]));
  for (const conversion of conversions) {
    const truth = truthOf(conversion, clicks);
    const isTheirs = clicks.some(
      ({ clickId, tenantId }) => clickId === conversion.clickId && tenantId !== conversion.tenantId,
    );
    // The click of another account may have come after it: then nobody knows that it is.
    if (
      isTheirs &&
      truth.status === 'waiting' &&
      stored.get(conversion.conversionId)?.reason === 'other_account'
    )
      Object.assign(truth, { status: 'unattributed', reason: 'other_account' });
    expect(stored.get(conversion.conversionId)).toMatchObject(
      conversion.isRetracted
        ? { status: 'retracted' }
        : {
            status: truth.status,
            reason: truth.reason,
            click: truth.click?.clickId ?? null,
            any: truth.anyClick?.clickId ?? null,
            value: String(conversion.value),
          },
    );
  }
}

/** Attributed conversions and their value by campaign and day, as analytics sums them. */
async function expectAnalytics(
  conversions: readonly ModelConversion[],
  clicks: readonly ModelClick[],
  view: 'valid' | 'all',
  basis: 'conversion' | 'click',
  seed: number,
): Promise<void> {
  const result = await rig.client.query({
    query: `SELECT campaign_id AS campaign, toUInt32(intDiv(toUnixTimestamp64Milli(at), ${DAY_MS})) AS day,
        toInt32(sum(sign)) AS count, toString(sum(sign * value_micros)) AS value
      FROM conversion_events
      WHERE basis = {basis:String} AND status = 'attributed' AND bitAnd(views, ${view === 'valid' ? 1 : 2}) != 0
        AND startsWith(campaign_id, {prefix:String})
      GROUP BY campaign, day HAVING count != 0 OR sum(sign * value_micros) != 0 ORDER BY campaign, day`,
    query_params: { basis, prefix: `camp-${seed}-` },
    format: 'JSONEachRow',
  });
  const truth = new Map<string, { campaign: string; day: number; count: number; sum: bigint }>();
  for (const conversion of conversions) {
    if (conversion.isRetracted) continue;
    const { click, anyClick } = truthOf(conversion, clicks);
    const chosen = view === 'valid' ? click : anyClick;
    if (!chosen) continue;
    const atMs = basis === 'click' ? chosen.clickedAtMs : conversion.convertedAtMs;
    const day = Math.floor(atMs / DAY_MS);
    const key = `${chosen.campaignId} ${day}`;
    const row = truth.get(key) ?? { campaign: chosen.campaignId, day, count: 0, sum: 0n };
    truth.set(key, { ...row, count: row.count + 1, sum: row.sum + conversion.value });
  }
  const rows = [...truth.values()]
    .sort((a, b) => (a.campaign === b.campaign ? a.day - b.day : a.campaign < b.campaign ? -1 : 1))
    .map(({ sum, ...row }) => ({ ...row, value: String(sum) }));
  expect(await result.json()).toEqual(rows);
}
