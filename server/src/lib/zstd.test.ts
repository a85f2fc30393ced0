import { expect, it } from 'vitest';
import { zstdSync } from '../testing/zstd.js';
import { unzstd, unzstdStream, ZstdError } from './zstd.js';

/** 1,000 lines as `zstd -19` (1.5) packs them. */
const PACKED = Buffer.from(
  'KLUv/QRo5A0ApmBEGoAp1Ry6FTLwQb+2VsPA3CERERGSv8xBTeUESwA+ADQAFZWEdGRURDRUEgrKwbmxqaGZ6cjEZLFXa5U6baXRHL/tmp67hC' +
    'SeFU1lAAtOGOEAwSEBwkGCoWCwAQKHwoECBYMDHAvYcBhgKKwgdk3PXUIkx2+7pucuEZKJeWlZSTnZlIxMRDw0LCQcLAoG5uHd2dXRzfXk4tLQ' +
    'zszKyMZqYmFZWFdWVVRTLQlLoOT4bdf03CVOcvy2a3ruEiY5fts1PXeJkhy/7ZqeuwRJjt92Tc9dYiTHb7um5y5RyfE72zU9dwlqjt92Tc9dYp' +
    'rjt13Tc5doc/y2a3ruEtIcv+2anrtENMdvu6bnLpGS47cViswNgPqoEXDgDRv7BtBV2g4iCCAIKAj8/z9/STISSiQyiciLmIgkI1jERCQZYRET' +
    'kWSERUxEJiMsYiIAhLgYKogwDZOUZIKFmIQkEyxiEpJMsIhJSGSCRUxCkgkWMQlJJljETEgywSImIcmEszICAAAIQAABAAAAAAAAAAAAAAAAAA' +
    'AAAAAAAAEAAAAAAAAAADAAAACBFXwYGAvAsACwfO6Vpv9OBQChprsKdAgA9h4kDZCpkA5Av22hUsZuLwEpABgAHADbtm3bGGOMMcYYY4wxxhhj' +
    'jDHGGGOMMcYYY4wxopBwUHCYjQHAEIWEg9u2bdu2bdu2bdu2bdu2bdu2bdu2bdu2BZmZmZmZmZmZmZmZyczMzMzMzLZt27Zt27Zt27aZmZmZyc' +
    'zMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMgPukIIQf8PXnJkmSSEo0kySTJClJEkmSkSSJJJlIkkSSSSRJIpkkkiSRSRJJiSaTZJIkMkkiSZKS' +
    'JJEkGUmSSJKJJEkkmUSSJJJJIilxY/hJEpkkkSSRSZJIkokkSSSZRJIkkkkiSRKZJJEkSUlUzNVGXWQkSSYoIcNFrAcANt8hB9ClA3sVwTQYAB' +
    'sAIADbtm3btm3btm3btm3btm3btm3btm3bFsIzMzMzMzMzMzMzM7Nt27Zt27Zt27Zt27atbQszMzMzMzMzMzMzMzMzMzMzMzMzMzMzk5mZmZmZ' +
    'mZmZCTHGGGOMMcYYY4wxxhhjjDHGGGOMGGOMMcYYY4wxxpiZmZmZmZkJgPuUEBA/ACZJkiRJkiSTJEmSJEmPkiRJkiSRJEmSJEkySZIkSZJkki' +
    'RJkiTJJEmSJLlRkiRJkiSSJEmSJEkmSZIkSZJMkiRJkiSZJEmSJDdKkiRJkkSSJEmSJMkkSZIkSZJJkiRJkiST5ASVBwA23x8F4On7xGAeABgA' +
    'HQBt27Zti4iICERERERERERERERERERERERERERERMRt29q2bdu2bdu2bdu2bdu2bdu2bdu2bRszMzMzMzMzMzMzMzMzMzMzMzOzbdu2bdu2bd' +
    'u2AZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmcnMzMwEgPvYABL4//8VBPgHJEmSJEmSSZIkSZIkkyRJkiRJJkmyoiRJEkmSSJIkSZIkmSRJ' +
    'kiRJMkmSJEmSZJIkSTK5UZIkSZIkkiRJkiRJJkmSJEmSTJIkSZJkMkmSJElulCRJkiSJJEmSJEmSSZIkSZJ6DqFyF3U=',
  'base64',
);
const TEXT = Array.from(
  { length: 1_000 },
  (_, i) => `{"ad_id":"${i}","campaign_id":"c","advertiser_id":"v"}\n`,
).join('');

async function* inPieces(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
async function unpacked(bytes: Buffer, length: number): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of unzstdStream(inPieces(bytes, length))) parts.push(part);
  return Buffer.concat(parts).toString();
}

it('unpacks what the zstd tool packed, up to a limit and no further', async () => {
  expect((await unzstd(PACKED, TEXT.length))?.toString()).toBe(TEXT);
  expect(await unzstd(PACKED, TEXT.length - 1)).toBeNull();
  expect(await unzstd(PACKED.subarray(0, 100), TEXT.length)).toBeNull();
  expect(await unzstd(Buffer.from('not zstd'), 100)).toBeNull();
});

it.each([1, 7, 1_000, 1_000_000])(
  'unpacks a stream in pieces of %i bytes, of several frames',
  async (length) => {
    expect(await unpacked(PACKED, length)).toBe(TEXT);
    const long = Buffer.from(TEXT.repeat(20));
    expect(
      await unpacked(Buffer.concat([zstdSync(long), PACKED, zstdSync(Buffer.alloc(300_000, 'x'))]), length),
    ).toBe(TEXT.repeat(21) + 'x'.repeat(300_000));
  },
);

it('ends with an error when a stream is broken or cut off', async () => {
  await expect(unpacked(PACKED.subarray(0, PACKED.length - 9), 100)).rejects.toThrow(ZstdError);
  const broken = Buffer.from(PACKED);
  broken.fill(0xff, 20, 60);
  await expect(unpacked(broken, 100)).rejects.toThrow(ZstdError);
});
