import { brotliCompressSync, gzipSync } from 'node:zlib';
import { toCsv } from '@clickledger/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Click } from '../../click/click.js';
import { classifyAgent } from '../../enrich/agent-class.js';
import { makeHasher } from '../../enrich/hasher.js';
import { parseUserAgent } from '../../enrich/user-agent.js';
import { makePrepare } from '../../ingest/prepare.js';
import { trustOf } from '../../lib/trusted-proxies.js';
import { zstdSync } from '../../testing/zstd.js';
import type { OpenFile } from './formats.js';
import { type ImportOptions, runImport } from './import.js';
import { ImportIds } from './import-id.js';
import { parseMap } from './map.js';
import { bytesOf } from './testing/bytes.js';

// What files of the real world did: public reports of peers, each played on an import.

const hasher = makeHasher(Buffer.alloc(32, 7));
const prepare = makePrepare({
  enrich: {
    country: (address) => (address === '198.51.100.7' ? 'DE' : ''),
    userAgent: parseUserAgent,
    agentClass: classifyAgent,
    isDatacenter: () => null,
  },
  hasher,
  newId: () => {
    throw new Error('an import never makes a fresh id');
  },
  dedupWindowMs: 7 * 86_400_000,
});

async function run(content: string | Uint8Array, changes: Partial<ImportOptions> = {}) {
  const clicks: Click[] = [];
  let opened: OpenFile | undefined;
  const summary = await runImport({
    stream: bytesOf(content),
    sizeBytes: null,
    map: new Map(),
    tenantId: 1,
    prepare,
    submit: async (batch) => {
      clicks.push(...batch);
      return batch.map(() => ({ isDuplicate: false, isFraudulent: false }));
    },
    retry: { attemptsMax: 1, firstDelayMs: 1, delayMsMax: 1, sleep: async () => {} },
    nowMs: () => Date.UTC(2027, 0, 1),
    onOpened: (file) => {
      opened = file;
    },
    ...changes,
  });
  const said = summary.errors.first.map(({ message }) => message);
  return { summary, clicks, kind: opened?.kind, encoding: opened?.encoding, isGuess: opened?.isGuess, said };
}
const HEADER = ['ad_id', 'campaign_id', 'advertiser_id', 'timestamp'];
const ROW = ['a', 'c', 'v', '2026-11-14T11:07:00Z'];
/** A CSV of one row, with these further columns. */
const csv = (fields: Record<string, string> = {}, delimiter = ',') =>
  `${[...HEADER, ...Object.keys(fields)].join(delimiter)}\n${[...ROW, ...Object.values(fields)].join(delimiter)}\n`;
const json = (fields: object) =>
  `${JSON.stringify({ ad_id: 'a', campaign_id: 'c', advertiser_id: 'v', timestamp: '2026-11-14T11:07:00Z', ...fields })}\n`;

const COMMON = '198.51.100.7 - - [14/Nov/2026:11:07:00 +0000] "GET /c/a?x=1 HTTP/1.1" 200 512';
const COMBINED = `${COMMON} "https://e.com/" "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0"`;
const AT = Date.UTC(2026, 10, 14, 11, 7);
const CADDY = JSON.stringify({
  ts: AT / 1_000,
  request: {
    remote_ip: '198.51.100.7',
    method: 'GET',
    host: 'e.com',
    uri: '/c/a?x=1',
    headers: { 'User-Agent': ['Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0'], Referer: ['https://e.com/'] },
  },
  status: 200,
  size: 512,
});

describe('a log is recognized, and its clicks are the same in every format', () => {
  it.each<[string, string, string]>([
    ['combined', 'combined', COMBINED],
    ['common', 'common', COMMON],
    ['vcombined', 'vcombined', `ads.shop.example:443 ${COMBINED}`],
    ['vcommon', 'vcommon', `ads.shop.example ${COMMON}`],
    ['combined behind syslog', 'combined', `Nov 14 11:07:00 web1 nginx: ${COMBINED}`],
    ['combined behind RFC 5424', 'combined', `<190>1 2026-11-14T11:07:00Z web1 nginx 7 - - ${COMBINED}`],
    ['traefik', 'combined', `${COMBINED} 7 "router@docker" "http://10.0.0.2:80" 3ms`],
    [
      'awsalb',
      'awsalb',
      'https 2026-11-14T11:07:00.000000Z app/lb/50dc 198.51.100.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET https://e.com:443/c/a?x=1 HTTP/2.0" "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0" ECDHE TLSv1.2 arn "Root=1"',
    ],
    [
      'awselb',
      'awselb',
      '2026-11-14T11:07:00.000000Z lb 198.51.100.7:2817 10.0.0.1:80 0.00 0.001 0.00 200 200 0 29 "GET http://e.com:80/c/a?x=1 HTTP/1.1" "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0" - -',
    ],
    [
      'awss3',
      'awss3',
      '79a59df9 bucket [14/Nov/2026:11:07:00 +0000] 198.51.100.7 - 3E57 REST.GET.OBJECT a "GET /c/a?x=1 HTTP/1.1" 200 - 113 512 7 6 "https://e.com/" "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0" -',
    ],
    [
      'squid',
      'squid',
      `${AT / 1_000}.000    917 198.51.100.7 TCP_MISS/200 512 GET http://e.com/c/a?x=1 - HIER_DIRECT/1.2.3.4 text/html`,
    ],
    ['caddy', 'caddy', CADDY],
    [
      'w3c',
      'w3c',
      '#Version: 1.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status\n2026-11-14 11:07:00 10.0.0.1 GET /c/a x=1 443 - 198.51.100.7 Mozilla/5.0+(X11;+Linux+x86_64)+Firefox/120.0 https://e.com/ 200',
    ],
    [
      'cloudfront',
      'cloudfront',
      '#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query\n2026-11-14\t11:07:00\tLHR3\t512\t198.51.100.7\tGET\td.cloudfront.net\t/c/a\t200\thttps://e.com/\tMozilla/5.0%20(X11;%20Linux%20x86_64)%20Firefox/120.0\tx=1',
    ],
  ])('%s', async (_, logFormat, text) => {
    for (const given of [null, logFormat]) {
      const { summary, clicks, kind, said } = await run(`${text}\n`, { logFormat: given });
      expect(said).toEqual([]);
      expect(kind).toEqual({ format: 'log', logFormat });
      expect(summary).toMatchObject({ lines: 1, accepted: 1, noAddress: 0 });
      expect(clicks).toMatchObject([
        {
          adId: '/c/a',
          campaignId: 'c',
          clickedAtMs: AT,
          ipHash: hasher.ipHash('198.51.100.7'),
          country: 'DE',
        },
      ]);
      if (text.includes('Firefox'))
        expect(clicks[0]?.userAgent).toBe('Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0');
    }
  });

  it('by a pattern in the language of GoAccess, its zone read too', async () => {
    const line = 'e.com|198.51.100.7|14/Nov/2026:13:07:00 +0200|GET /c/a HTTP/1.1|"a \\"b\\""';
    const { clicks, said } = await run(`${line}\n`, { logFormat: '%v|%h|%d:%t %^|%r|"%u"' });
    expect(said).toEqual([]);
    expect(clicks).toMatchObject([{ adId: '/c/a', clickedAtMs: AT, userAgent: 'a "b"' }]);
  });

  it.each([
    ['%h %r', 'there is no time'],
    ['%x %h', 'there is no request'],
    ['%x%h %r', 'nothing ends %x'],
    ['%x %Z %r', 'there is no %Z'],
    ['nginx', 'There is no log format "nginx"'],
  ])('and the pattern %s is refused with its fault', async (logFormat, message) => {
    await expect(run(`${COMBINED}\n`, { logFormat })).rejects.toThrow(message);
  });

  it('and a word before the address is no address: refused with a hint when another format was named', async () => {
    const { summary, said } = await run(`e.com:443 ${COMBINED}\n`, { logFormat: 'combined' });
    expect(summary.accepted).toBe(0);
    expect(said).toEqual(['A word stands before the address; try --log-format vcombined']);
  });

  it('a common line without a line break is taken, and is the same click once its bytes are whole', async () => {
    const [cut, whole] = [await run(COMMON.slice(0, -1)), await run(`${COMMON}\n`)];
    expect(cut.clicks.map(({ clickId }) => clickId)).toEqual(whole.clicks.map(({ clickId }) => clickId));
    expect((await run(`${COMBINED}\n${COMBINED.slice(0, -20)}`)).said).toEqual(['The last line is cut off']);
  });

  it('three people of one virtual host are three visitors', async () => {
    const lines = [1, 2, 3].map((n) => `ads.shop.example:443 ${COMBINED.replace('.7 ', `.${n} `)}\n`);
    const { clicks } = await run(lines.join(''));
    expect(new Set(clicks.map(({ visitorKey }) => visitorKey)).size).toBe(3);
  });

  it('takes linear time for hostile lines of a pattern', async () => {
    const lines = ['%', '"', '[', ' ', ':', '"\\"'].map((text) => `${text.repeat(30_000)}\n`).join('');
    const { summary } = await run(lines, { logFormat: '%v:%^ %h %^[%d:%t %^] "%r" %s %b "%R" "%u"' });
    expect(summary.errors.count).toBe(5);
  });

  it.each(['squid', '%x %~%~%~%~"%r"', '%x%~%^%~%^%~%^%~%^%~"%r"'])(
    'takes linear time for white space without end in %s',
    async (logFormat) => {
      const lines = [' ', '\t', ' \t', 'a '].map((text) => `1 ${text.repeat(30_000)}\n`).join('');
      const { summary } = await run(lines, { logFormat });
      expect(summary.errors.count).toBe(4);
    },
  );
});

describe('a CSV is recognized', () => {
  it.each([',', ';', '\t', '|'])('with %j between its columns', async (delimiter) => {
    const { kind, summary } = await run(csv({ country: 'DE' }, delimiter));
    expect(kind).toMatchObject({ format: 'csv', delimiter });
    expect(summary.accepted).toBe(1);
  });

  it('by the columns it is asked for, not by what is there most', async () => {
    const header = `ad_id;campaign_id;advertiser_id;timestamp;"a,b,c,d,e,f"\n`;
    expect((await run(`${header}a;c;v;2026-11-14T11:07:00Z;x\n`)).summary.accepted).toBe(1);
  });

  it('with sep=;, with --delimiter, with a byte order mark, with empty cells and columns without names', async () => {
    expect((await run(`sep=;\n${csv({}, ';')}`)).summary.accepted).toBe(1);
    expect((await run(csv({}, '~'), { delimiter: '~' })).summary.accepted).toBe(1);
    expect((await run(`\ufeff${csv().replace('\n', '\r\n')}`)).summary.accepted).toBe(1);
    expect((await run(csv().replace(/Z\n/, 'Z,,\n'))).summary.accepted).toBe(1);
    expect((await run(`,${csv().replace('\n', '\n0,')}`)).summary.accepted).toBe(1);
  });

  it('and is the same click whatever its dialect', async () => {
    const ids = await Promise.all(
      [csv(), csv({}, ';'), `sep=|\n${csv({}, '|')}`, csv().replace(/Z\n/, 'Z,\n')].map(
        async (text) => (await run(text)).clicks[0]?.clickId,
      ),
    );
    expect(new Set(ids).size).toBe(1);
  });

  it.each([
    [
      'when,creative\n1,2\n',
      {},
      /CSV with commas, but its header has no column for ad_id, campaign_id.*when, creative/,
    ],
    [csv(), { map: parseMap('ad_id=creative') }, /no column for ad_id \("creative"\)/],
    [csv(), { labelColumn: 'fraud' }, /no column "fraud" for --label/],
    ['some words\nand more\n', {}, /--log-format/],
    ['', {}, /no column|no header/],
    ['[{"ad_id":"a"}]\n', {}, /JSON array/],
    ['{\n"ad_id": "a"}\n', {}, /JSON over several lines/],
    ['PK\x03\x04xxxx', {}, /ZIP archive or an Excel workbook/],
    ['BZh91AY', {}, /bzip2/],
  ])('else the import stops and says what the file seems to be: %j', async (text, changes, message) => {
    await expect(run(text, changes)).rejects.toThrow(message);
  });
});

describe('bytes of another encoding never make one id of two', () => {
  const two = (encode: (text: string) => Buffer) =>
    Buffer.concat([
      encode(`${HEADER.join(',')}\n`),
      ...['xé', 'xè'].map((campaign) => encode(`a,${campaign},v,2026-11-14T11:07:00Z\n`)),
    ]);

  it.each([
    ['windows-1252', (text: string) => Buffer.from(text, 'latin1')],
    ['utf-16le', (text: string) => Buffer.from(text, 'utf16le')],
    ['utf-16be', (text: string) => Buffer.from(text, 'utf16le').swap16()],
  ] as const)('%s is told from the bytes, and said to be a guess', async (name, encode) => {
    const { clicks, encoding, isGuess } = await run(two(encode));
    expect({ encoding, isGuess }).toEqual({ encoding: name, isGuess: true });
    expect(clicks.map(({ campaignId }) => campaignId)).toEqual(['xé', 'xè']);
    expect((await run(two(encode), { encoding: name })).isGuess).toBe(false);
  });

  it('a bad line where the file is UTF-8 otherwise', async () => {
    const { clicks, said } = await run(
      Buffer.concat([
        Buffer.from(csv({ os: 'ü' })),
        Buffer.from('a,x\xe9,v,2026-11-14T11:07:00Z,\n', 'latin1'),
      ]),
    );
    expect(clicks).toHaveLength(1);
    expect(said).toEqual([expect.stringMatching(/^campaign_id: holds bytes that are no text/)]);
  });

  it('a bad line where the query string of a log has them', async () => {
    const lines = ['caf%E9', 'caf%E8', 'caf%C3%A9'].map((ad) => `${COMBINED.replace('x=1', `ad=${ad}`)}\n`);
    const { clicks, said } = await run(lines.join(''), { map: parseMap('ad_id=query.ad') });
    expect(clicks.map(({ adId }) => adId)).toEqual(['café']);
    expect(said).toHaveLength(2);
  });

  it('and an encoding that does not exist is named', async () => {
    await expect(run(csv(), { encoding: 'latin-77' })).rejects.toThrow('no encoding "latin-77"');
  });
});

describe('a packed file is unpacked', () => {
  const long = Buffer.from(csv() + `${ROW.join(',')}\n`.repeat(50_000));
  it.each([
    ['gzip', gzipSync, 'x'],
    ['zstd', zstdSync, 'x'],
    ['brotli', brotliCompressSync, 'clicks.csv.br'],
  ] as const)('%s', async (_, pack, name) => {
    expect((await run(pack(long), { name })).summary.accepted).toBe(50_001);
    const packed = pack(long);
    await expect(run(packed.subarray(0, packed.length - 5), { name })).rejects.toThrow(/broken|cut off/);
  });
});

describe('an address is the same however the file writes it', () => {
  it.each([
    '198.51.100.7',
    '198.51.100.7:51234',
    '[::ffff:198.51.100.7]:443',
    '"203.0.113.9, 198.51.100.7"',
    '"203.0.113.9, 198.51.100.7:80, 10.0.0.3"',
  ])('%s', async (ip) => {
    const { clicks, summary } = await run(csv({ ip }));
    expect(clicks[0]?.ipHash).toBe(hasher.ipHash('198.51.100.7'));
    expect(summary.noAddress).toBe(0);
  });

  it('of a list the last that is no trusted proxy', async () => {
    const isTrusted = trustOf(['198.51.100.0/24']);
    const { clicks } = await run(csv({ ip: '"203.0.113.9, 198.51.100.7"' }), { isTrusted });
    expect(clicks[0]?.ipHash).toBe(hasher.ipHash('203.0.113.9'));
  });

  it('and those without one are counted', async () => {
    const { summary } = await run(`${csv({ ip: 'unknown', user_id: '' })}${ROW.join(',')},,u\n`);
    expect(summary).toMatchObject({ accepted: 2, noAddress: 2, noVisitor: 1 });
  });
});

describe('what only describes never costs a line, and what was changed is counted', () => {
  it('as over the API', async () => {
    const { clicks, summary } = await run(
      csv({ country: 'UK', device_type: 'smartphone', referrer: 'r'.repeat(2_100), os: 'x'.repeat(70) }),
    );
    expect(clicks).toMatchObject([{ country: 'GB', deviceType: 'mobile' }]);
    expect(clicks[0]?.referrer).toHaveLength(2_048);
    expect(summary.notes).toEqual({
      'country mapped': { count: 1, line: 2, text: 'country: "UK" is taken as GB' },
      'device_type mapped': { count: 1, line: 2, text: 'device_type: "smartphone" is taken as mobile' },
      'referrer cut': { count: 1, line: 2, text: 'referrer: cut to 2048 characters' },
      'os cut': { count: 1, line: 2, text: 'os: cut to 64 characters' },
    });
  });

  it('whatever JSON it holds', async () => {
    const field = fc.constantFrom('country', 'device_type', 'os', 'browser', 'referrer', 'user_agent', 'ip');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, fc.jsonValue()), { minLength: 1, maxLength: 50 }),
        async (fields) => {
          const { summary } = await run(fields.map(([name, value]) => json({ [name]: value })).join(''));
          expect(summary).toMatchObject({ accepted: fields.length, errors: { count: 0 } });
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('an id is refused when it is wrong, as over the API', () => {
  it.each([
    [csv().replace('\na,', `\n${'x'.repeat(129)},`), 'ad_id: At most 128 characters'],
    [csv().replace('\na,c', '\na,..'), 'campaign_id: Must not be "." or ".."'],
    [
      '1234567.12345678901',
      'user_id: the number is too large, or a fraction, and not exact; write it as a string',
    ],
    [
      '12345678901234567890',
      'user_id: the number is too large, or a fraction, and not exact; write it as a string',
    ],
  ])('%s', async (text, message) => {
    const content = text.includes(',')
      ? text
      : json({ user_id: 0 }).replace('"user_id":0', `"user_id":${text}`);
    expect((await run(content)).said).toEqual([message]);
  });
});

describe('a time', () => {
  it.each([
    ['2026-11-14 11:07:00.000Z', AT],
    ['2026-11-14T11:07:00,000Z', AT],
    [`${AT / 1_000}`, AT],
    [`${AT}`, AT],
    [`${AT}000`, AT],
    [`${AT}000000`, AT],
    ['2016-12-31T23:59:60Z', Date.UTC(2016, 11, 31, 23, 59, 59, 999)],
  ])('%s is taken', async (time, ms) => {
    expect((await run(csv().replace(ROW[3] as string, `"${time}"`))).clicks[0]?.clickedAtMs).toBe(ms);
  });

  it.each([
    ['2026-02-29T10:00:00Z', '2026-02 has 28 days'],
    ['2026-11-14T11:07:00', 'no zone'],
    ['14/11/2026 11:07', 'not an ISO 8601 time'],
  ])('%s is a bad line that says why', async (time, why) => {
    const { said } = await run(csv().replace(ROW[3] as string, time));
    expect(said).toEqual([expect.stringMatching(new RegExp(`^timestamp: "${time}": .*${why}`))]);
  });
});

describe('equal lines of two files', () => {
  const both = async (ids?: ImportIds) => {
    const runs = [await run(csv(), ids && { ids }), await run(csv(), ids && { ids })];
    return new Set(runs.flatMap(({ clicks }) => clicks.map(({ clickId }) => clickId))).size;
  };

  it('are one click, or two when the files continue one another; the same two when they come again', async () => {
    expect(await both()).toBe(1);
    expect(await both(new ImportIds(1))).toBe(2);
    expect(await both(new ImportIds(1))).toBe(2);
  });
});

describe('an export of the click log', () => {
  it('is imported again without a map, the guard against formulas undone', async () => {
    const id = '11111111-1111-4111-8111-111111111111';
    const text = `"click_id","clicked_at","received_at","advertiser_id","campaign_id","ad_id","user_id","ip_hash","country","device_type","os","browser","user_agent","referrer","is_fraudulent","fraud_reason","cost_micros"
"${id}","2026-11-14T11:07:00.000Z","2026-11-14T11:07:01.000Z","'=v","''=c","'a","-1","00112233","DE","tv","","","","","false","",0
`;
    const { clicks, said } = await run(text);
    expect(said).toEqual([]);
    expect(clicks).toMatchObject([
      {
        clickId: id,
        clickedAtMs: AT,
        advertiserId: '=v',
        campaignId: "'=c",
        adId: "'a",
        userId: '-1',
        deviceType: 'tv',
      },
    ]);
  });

  it('gives every id back as it was: what an export guards, and what only looks guarded', async () => {
    const ids = [
      '=1+1',
      "'=1+1",
      "''=1+1",
      '+1',
      '@x',
      '-x',
      "'-x",
      '-1',
      "'-1",
      "'-1.5",
      '-1.5.2',
      "'a",
      "''",
      "=';",
    ];
    const header = ['click_id', 'clicked_at', 'received_at', 'advertiser_id', 'campaign_id', 'ad_id'];
    const names = [...header, 'user_id', 'ip_hash', 'country', 'device_type', 'os', 'browser', 'user_agent'];
    const rows = ids.map((id, i) => ({
      click_id: `11111111-1111-4111-8111-${String(i).padStart(12, '0')}`,
      clicked_at: '2026-11-14T11:07:00.000Z',
      advertiser_id: id,
      campaign_id: id,
      ad_id: id,
      user_id: id,
    }));
    const rest = ['referrer', 'is_fraudulent', 'fraud_reason', 'cost_micros'];
    const { clicks, said } = await run(toCsv(rows, [...names, ...rest]));
    expect(said).toEqual([]);
    for (const field of ['advertiserId', 'campaignId', 'adId', 'userId'] as const)
      expect(
        clicks.map((click) => click[field]),
        field,
      ).toEqual(ids);
  });
});
