import { describe, expect, it, vi } from 'vitest';
import type { Click } from '../../click/click.js';
import { classifyAgent } from '../../enrich/agent-class.js';
import { makeHasher } from '../../enrich/hasher.js';
import { parseUserAgent } from '../../enrich/user-agent.js';
import { makePrepare } from '../../ingest/prepare.js';
import { BATCHES_IN_FLIGHT_MAX, type ImportOptions, runImport } from './import.js';
import { parseMap } from './map.js';
import { ERRORS_NAMED_MAX } from './summary.js';
import { accessLog, bytesOf } from './testing/bytes.js';

const DAY_MS = 86_400_000;
const prepare = makePrepare({
  enrich: {
    country: () => 'DE',
    userAgent: parseUserAgent,
    agentClass: classifyAgent,
    isDatacenter: () => null,
  },
  hasher: makeHasher(Buffer.alloc(32, 7)),
  newId: () => {
    throw new Error('an import never makes a fresh id');
  },
  dedupWindowMs: 7 * DAY_MS,
});

/** A ledger in memory: an id counts once. */
function makeLedger() {
  const ids = new Set<string>();
  const batches: Click[][] = [];
  return {
    ids,
    batches,
    submit: async (clicks: Click[]) => {
      batches.push(clicks);
      return clicks.map(({ clickId, adId }) => {
        const isDuplicate = ids.has(clickId);
        ids.add(clickId);
        return { isDuplicate, isFraudulent: adId === 'bad' };
      });
    },
  };
}

const options = (changes: Partial<ImportOptions>): ImportOptions => ({
  stream: bytesOf(''),
  sizeBytes: null,
  format: 'ndjson',
  map: new Map(),
  tenantId: 1,
  prepare,
  submit: makeLedger().submit,
  retry: { attemptsMax: 3, firstDelayMs: 10, delayMsMax: 15, sleep: async () => {} },
  nowMs: () => Date.UTC(2026, 0, 1),
  ...changes,
});

const click = (changes: object = {}) =>
  `${JSON.stringify({ ad_id: 'a', campaign_id: 'c', advertiser_id: 'v', timestamp: '2025-01-01T00:00:00Z', ...changes })}\n`;

describe('an import', () => {
  it('brings a real access log in, once, however often it is run', async () => {
    const ledger = makeLedger();
    const run = () => runImport(options({ stream: accessLog(), format: 'log', submit: ledger.submit }));
    expect(await run()).toEqual({
      lines: 10_000,
      accepted: 9_957,
      duplicates: 0,
      flagged: 0,
      skipped: 43,
      noAddress: 0,
      noVisitor: 0,
      notes: {},
      errors: { count: 0, first: [], causes: [] },
      labels: null,
    });
    expect(await run()).toMatchObject({ lines: 10_000, accepted: 0, duplicates: 9_957, skipped: 43 });
    expect(ledger.ids.size).toBe(9_957);
    expect(ledger.batches.map((batch) => batch.length).slice(0, 10)).toEqual([...Array(9).fill(1_000), 957]);
    expect(ledger.batches[0]?.[0]).toMatchObject({
      adId: '/presentations/logstash-monitorama-2013/images/kibana-search.png',
      campaignId: 'presentations',
      advertiserId: 'access-log',
      clickedAtMs: Date.UTC(2015, 4, 17, 10, 5, 3),
      country: 'DE',
      os: 'Mac OS',
      browser: 'Chrome',
      deviceType: 'desktop',
      mayRepeat: true,
      userId: null,
    });
    expect(JSON.stringify(ledger.batches[0])).not.toContain('83.149.9.216');
  });

  it('counts two identical records as two clicks, and a record with its own id once', async () => {
    const own = click({ click_id: '11111111-1111-4111-8111-111111111111' });
    const summary = await runImport(options({ stream: bytesOf(click() + click() + own + own) }));
    expect(summary).toMatchObject({ lines: 4, accepted: 3, duplicates: 1 });
  });

  it('names bad lines and takes the others; every line is in exactly one figure', async () => {
    const content = [
      click(),
      'garbage\n',
      '\n',
      click({ ad_id: 'bad' }),
      click({ country: 'XX', ad_id: null }),
      click({ timestamp: null }),
      click({ timestamp: '2026-01-01T00:06:00Z' }),
    ];
    const summary = await runImport(options({ stream: bytesOf(content.join('')) }));
    expect(summary).toMatchObject({
      lines: 6,
      accepted: 2,
      duplicates: 0,
      flagged: 1,
      skipped: 0,
      errors: {
        count: 4,
        first: [
          { line: 2, message: 'Not JSON' },
          { line: 5, message: 'ad_id: Required' },
          { line: 6, message: 'timestamp: Required in an import' },
          { line: 7, message: 'timestamp: More than 5 minutes ahead of the server' },
        ],
      },
      labels: null,
    });
  });

  it('counts all errors, names the first, and says what they have in common', async () => {
    const bad = Array.from({ length: 500 }, (_, i) => click({ timestamp: `${i} o'clock` })).join('');
    const { errors } = await runImport(options({ stream: bytesOf(`x\n${bad}${'x\n'.repeat(600)}`) }));
    expect(errors.count).toBe(1_101);
    expect(errors.first).toHaveLength(ERRORS_NAMED_MAX);
    expect(errors.causes).toMatchObject([
      { count: 601, line: 1, message: 'Not JSON' },
      { count: 500, line: 2, message: expect.stringContaining(`"0 o'clock": not an ISO 8601 time`) },
    ]);
  });

  it('tries a failed batch again with longer waits, then goes on', async () => {
    const ledger = makeLedger();
    const waits: number[] = [];
    const submit = vi.fn(ledger.submit);
    submit.mockRejectedValueOnce(new Error('away')).mockRejectedValueOnce(new Error('away'));
    const sleep = async (ms: number) => void waits.push(ms);
    const retry = { attemptsMax: 3, firstDelayMs: 10, delayMsMax: 15, sleep };
    expect(await runImport(options({ stream: bytesOf(click()), submit, retry }))).toMatchObject({
      accepted: 1,
    });
    expect(waits).toEqual([10, 15]);
  });

  it('stops with a clear message when a batch keeps failing, and can be run again', async () => {
    const ledger = makeLedger();
    const content = Array.from({ length: 5_000 }, (_, index) => click({ user_id: `${index}` })).join('');
    let calls = 0;
    const submit = async (clicks: Click[]) => {
      calls += 1;
      if (calls > 2) throw new Error('the database is away');
      return ledger.submit(clicks);
    };
    await expect(runImport(options({ stream: bytesOf(content), submit }))).rejects.toThrow(
      /failed 3 times.*the database is away.*not counted twice/s,
    );
    expect(ledger.ids.size).toBe(2_000);
    const again = await runImport(options({ stream: bytesOf(content), submit: ledger.submit }));
    expect(again).toMatchObject({ lines: 5_000, accepted: 3_000, duplicates: 2_000 });
  });

  it('reads no faster than batches are committed', async () => {
    let inFlight = 0;
    let inFlightMax = 0;
    let chunksRead = 0;
    let chunksAheadMax = 0;
    let committed = 0;
    const thousand = Buffer.from(click().repeat(1_000));
    const stream = (async function* () {
      for (let index = 0; index < 20; index += 1) {
        chunksRead += 1;
        chunksAheadMax = Math.max(chunksAheadMax, chunksRead - committed);
        yield thousand;
      }
    })();
    const submit = async (clicks: Click[]) => {
      inFlight += 1;
      inFlightMax = Math.max(inFlightMax, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 3));
      inFlight -= 1;
      committed += 1;
      return clicks.map(() => ({ isDuplicate: false, isFraudulent: false }));
    };
    const progress: number[] = [];
    const onProgress = ({ bytesRead }: { bytesRead: number }) => void progress.push(bytesRead);
    const summary = await runImport(options({ stream, submit, onProgress }));
    expect(summary.accepted).toBe(20_000);
    expect(inFlightMax).toBe(BATCHES_IN_FLIGHT_MAX);
    expect(chunksAheadMax).toBeLessThanOrEqual(BATCHES_IN_FLIGHT_MAX + 2);
    expect(progress.at(-1)).toBe(20 * thousand.length);
    expect(progress.length).toBe(21);
  });

  it('commits what was read before a broken end, and says what is wrong with the file', async () => {
    const ledger = makeLedger();
    const stream = (async function* () {
      yield Buffer.from(click().repeat(1_500));
      throw new Error('the disk is gone');
    })();
    await expect(runImport(options({ stream, submit: ledger.submit }))).rejects.toThrow('the disk is gone');
    expect(ledger.ids.size).toBe(1_000);
  });

  it('maps the columns it is told to', async () => {
    const ledger = makeLedger();
    const stream = bytesOf('when;creative;who\n1704164645;7;1.2.3.4\n');
    const map = parseMap('timestamp=when,ad_id=creative,ip=who,campaign_id:=c,advertiser_id:=v');
    await runImport(options({ stream, format: 'csv', map, delimiter: ';', submit: ledger.submit }));
    expect(ledger.batches).toMatchObject([
      [{ adId: '7', campaignId: 'c', clickedAtMs: 1_704_164_645_000, country: 'DE' }],
    ]);
  });
});
