import { ClickInput, LIMITS } from '@clickledger/contract';
import { describe, expect, it } from 'vitest';
import type { Click } from '../click/click.js';
import { classifyAgent } from '../enrich/agent-class.js';
import { makeHasher } from '../enrich/hasher.js';
import { parseUserAgent } from '../enrich/user-agent.js';
import { makePrepare, type PrepareContext } from './prepare.js';

const NOW_MS = Date.UTC(2026, 0, 15, 12);
const DAY_MS = 86_400_000;
const FRESH = '01900000-0000-7000-8000-000000000000';
const hasher = makeHasher(Buffer.alloc(32, 1));
const deps = {
  enrich: {
    country: (address: string) => (address === '8.8.8.8' ? 'US' : ''),
    userAgent: parseUserAgent,
    agentClass: classifyAgent,
    isDatacenter: (address: string) => address.startsWith('8.'),
  },
  hasher,
  newId: () => FRESH,
  dedupWindowMs: 7 * DAY_MS,
};
const prepare = makePrepare(deps);
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const context: PrepareContext = {
  tenantId: 1,
  nowMs: NOW_MS,
  address: '::ffff:8.8.8.8',
  userAgentHeader: CHROME,
  derivedClickId: null,
  isImport: false,
};
const input = (changes: object = {}) =>
  ClickInput.parse({ ad_id: 'a', campaign_id: 'c', advertiser_id: 'v', ...changes });
const run = (changes: object = {}, contextChanges: Partial<PrepareContext> = {}) =>
  prepare(input(changes), { ...context, ...contextChanges });
const click = (...args: Parameters<typeof run>): Click => {
  const prepared = run(...args);
  if ('fieldErrors' in prepared) throw new Error(JSON.stringify(prepared));
  return prepared;
};
const at = (ms: number) => ({ timestamp: new Date(ms).toISOString() });

describe('preparing a click', () => {
  it('completes what the client left out, and stores no address', () => {
    const prepared = click();
    expect(prepared).toEqual({
      tenantId: 1,
      clickId: FRESH,
      mayRepeat: false,
      adId: 'a',
      campaignId: 'c',
      advertiserId: 'v',
      userId: null,
      ipHash: hasher.ipHash('8.8.8.8'),
      visitorKey: hasher.visitorKey({
        tenantId: 1,
        userId: null,
        ipHash: hasher.ipHash('8.8.8.8'),
        userAgent: CHROME,
      }),
      clickedAtMs: NOW_MS,
      country: 'US',
      deviceType: 'desktop',
      os: 'Windows',
      browser: 'Chrome',
      userAgent: CHROME,
      referrer: '',
      facts: { addressCountry: 'US', isDatacenter: true, agent: 'browser', agentMatched: '', listed: null },
    });
    expect(JSON.stringify(prepared)).not.toContain('8.8.8.8');
  });

  it('lets what the client says go first', () => {
    const said = {
      country: 'de',
      device_type: 'tablet',
      os: 'X',
      browser: 'Y',
      user_agent: 'Z',
      user_id: 'u',
    };
    expect(click({ ...said, referrer: 'https://e.com/?q=1' })).toMatchObject({
      country: 'DE',
      deviceType: 'tablet',
      os: 'X',
      browser: 'Y',
      userAgent: 'Z',
      userId: 'u',
      referrer: 'https://e.com/?q=1',
    });
  });

  it('goes on without an address or with one that is none', () => {
    for (const address of [null, 'unknown', '']) {
      expect(click({}, { address })).toMatchObject({ ipHash: null, country: '' });
    }
  });

  it('keeps what the rules need of the address, and not the address', () => {
    const { facts } = click({ country: 'DE' });
    expect(facts).toEqual({
      addressCountry: 'US',
      isDatacenter: true,
      agent: 'browser',
      agentMatched: '',
      listed: null,
    });
    expect(click({}, { address: null }).facts).toMatchObject({ addressCountry: '', isDatacenter: null });
  });

  it("takes a program's own header for a server that reports clicks, and what a click names for the person's", () => {
    const agent = (changes: object, userAgentHeader: string | null) =>
      click(changes, { userAgentHeader }).facts.agent;
    expect(agent({}, 'axios/1.7')).toBe('unknown');
    expect(agent({}, null)).toBe('unknown');
    expect(agent({}, '')).toBe('missing');
    expect(agent({}, 'Googlebot/2.1')).toBe('bot');
    expect(agent({ user_agent: 'axios/1.7' }, CHROME)).toBe('library');
    expect(agent({ user_agent: '' }, CHROME)).toBe('missing');
    expect(agent({ user_agent: CHROME }, 'axios/1.7')).toBe('browser');
  });

  it('marks every id that someone else can know as one that may repeat', () => {
    const own = '11111111-1111-4111-8111-111111111111';
    const derived = '22222222-2222-8222-8222-222222222222';
    expect(click({ click_id: own }, { derivedClickId: derived })).toMatchObject({
      clickId: own,
      mayRepeat: true,
    });
    expect(click({ click_id: own })).toMatchObject({ clickId: own, mayRepeat: true });
    expect(click({}, { derivedClickId: derived })).toMatchObject({ clickId: derived, mayRepeat: false });
    expect(click()).toMatchObject({ clickId: FRESH, mayRepeat: false });
  });

  it('cuts the header to the length of the contract, without control characters', () => {
    const { userAgent } = click({}, { userAgentHeader: `\t${'😀'.repeat(3)}\u007f${'x'.repeat(5_000)}` });
    expect(userAgent).toHaveLength(LIMITS.userAgentLengthMax);
    expect(userAgent.startsWith('😀😀😀x')).toBe(true);
    expect(click({}, { userAgentHeader: `${'x'.repeat(1_023)}😀` }).userAgent).toBe('x'.repeat(1_023));
  });

  it('drops what is finer than a millisecond, and heeds the zone', () => {
    expect(click({ timestamp: '2026-01-15T12:59:59.123999999+01:00' }).clickedAtMs).toBe(
      NOW_MS - 1_000 + 123,
    );
  });

  it('takes a time up to 5 minutes ahead, in imports too', () => {
    const skewMs = LIMITS.clockSkewMsMax;
    for (const isImport of [false, true]) {
      expect(click(at(NOW_MS + skewMs), { isImport }).clickedAtMs).toBe(NOW_MS + skewMs);
      expect(run(at(NOW_MS + skewMs + 1), { isImport })).toEqual({
        fieldErrors: { timestamp: ['More than 5 minutes ahead of the server'] },
      });
    }
  });

  it('takes a time up to the dedup window back, an older one only by import', () => {
    expect(click(at(NOW_MS - 7 * DAY_MS)).clickedAtMs).toBe(NOW_MS - 7 * DAY_MS);
    expect(run(at(NOW_MS - 7 * DAY_MS - 1))).toEqual({
      fieldErrors: { timestamp: ['Older than the dedup window of 7 days; import it instead'] },
    });
    expect(click(at(Date.UTC(2015, 4, 17)), { isImport: true }).clickedAtMs).toBe(Date.UTC(2015, 4, 17));
  });

  it('takes no click that is older than the ids that are known: a window that was raised reaches back day by day', () => {
    const idsKnownSinceMs = NOW_MS - 2 * DAY_MS;
    const raised = makePrepare({ ...deps, idsKnownSinceMs });
    const takes = (atMs: number) => !('fieldErrors' in raised(input(at(atMs)), context));
    const fromMs = idsKnownSinceMs + 2 * LIMITS.clockSkewMsMax;
    expect([takes(fromMs - 1), takes(fromMs)]).toEqual([false, true]);
    expect(raised(input(at(fromMs - 1)), context)).toEqual({
      fieldErrors: {
        timestamp: [
          `Before ${new Date(fromMs).toISOString()}, of which ids are no longer known; import it instead`,
        ],
      },
    });
  });

  it('refuses import times that ClickHouse cannot hold, and imports without a time', () => {
    const refused = { fieldErrors: { timestamp: ['Not between 1970-01-02 and 2099-12-31'] } };
    const isImport = true;
    expect(run({ timestamp: '1970-01-01T23:59:59.999Z' }, { isImport })).toEqual(refused);
    expect(run({ timestamp: '0001-01-01T00:00:00Z' }, { isImport })).toEqual(refused);
    expect(run({ timestamp: '1970-01-02T00:00:00Z' }, { isImport })).not.toEqual(refused);
    const nowMs = Date.UTC(2101, 0, 1);
    expect(run({ timestamp: '2100-01-01T00:00:00Z' }, { isImport, nowMs })).toEqual(refused);
    expect(run({}, { isImport })).toEqual({ fieldErrors: { timestamp: ['Required in an import'] } });
  });
});
