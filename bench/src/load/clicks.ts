import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { zipf } from '@clickledger/traffic';

/** Real user agents, one a line of a real access log, so that common ones are common. See the README beside it. */
const ACCESS_LOG = new URL('../../../server/src/tools/import/testing/access.log.gz', import.meta.url);
const ADS = 2_000;
const ADS_PER_CAMPAIGN = 10;
const CAMPAIGNS_PER_ADVERTISER = 10;
const USERS = 10_000_000;
const REPEAT_SHARE = 0.01;
/** Repeats are of one of so many requests before: in five minutes at 10,000/s there are 3 million, here the last second's. */
const REMEMBERED = 10_000;

export interface ClickMix {
  /** `key`: every request carries its own Idempotency-Key, 1 % are sent again. `none`: no key, no id, no repeats. */
  ids: 'key' | 'none';
  host: string;
  /** An API key, where the server asks for one. */
  apiKey?: string | undefined;
}

function userAgents(): string[] {
  const lines = gunzipSync(readFileSync(ACCESS_LOG)).toString('utf8').split('\n');
  return lines.flatMap((line) => /"([^"\\]{20,300})"$/.exec(line)?.[1] ?? []);
}

/** A click's JSON with ads by Zipf, users and addresses spread wide. */
export function clickJson(): string {
  const ad = zipf(ADS, Math.random);
  const campaign = Math.floor(ad / ADS_PER_CAMPAIGN);
  const advertiser = Math.floor(campaign / CAMPAIGNS_PER_ADVERTISER);
  const user = Math.random() < 0.2 ? '' : `,"user_id":"u-${Math.floor(Math.random() * USERS)}"`;
  const referrer =
    Math.random() < 0.5 ? '' : `,"referrer":"https://example.org/articles/${ad}?from=${campaign}"`;
  return `{"ad_id":"ad-${ad}","campaign_id":"camp-${campaign}","advertiser_id":"adv-${advertiser}"${user}${referrer}}`;
}

const octet = () => Math.floor(Math.random() * 256);
const address = () => `${1 + Math.floor(Math.random() * 222)}.${octet()}.${octet()}.${octet()}`;

/** Makes whole HTTP requests as text: the generator shares two cores with all that it measures. */
export function makeRequests(mix: ClickMix): () => string {
  const agents = userAgents();
  const authorization = mix.apiKey === undefined ? '' : `authorization: Bearer ${mix.apiKey}\r\n`;
  const sent: string[] = [];
  let count = 0;
  return () => {
    if (mix.ids === 'key' && count > REMEMBERED && Math.random() < REPEAT_SHARE)
      return sent[Math.floor(Math.random() * REMEMBERED)] as string;
    const body = clickJson();
    const key = mix.ids === 'key' ? `idempotency-key: ${randomUUID()}\r\n` : '';
    const agent = agents[Math.floor(Math.random() * agents.length)];
    const request = `POST /api/v1/clicks HTTP/1.1\r\nhost: ${mix.host}\r\ncontent-type: application/json\r\nuser-agent: ${agent}\r\nx-forwarded-for: ${address()}\r\n${key}${authorization}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    if (mix.ids === 'key') sent[count++ % REMEMBERED] = request;
    return request;
  };
}

/** A batch request of `size` clicks, each with its own id. */
export function makeBatches(host: string, size: number): () => string {
  return () => {
    const clicks = Array.from(
      { length: size },
      () => `{"click_id":"${randomUUID()}",${clickJson().slice(1)}`,
    );
    const body = `{"clicks":[${clicks.join(',')}]}`;
    return `POST /api/v1/clicks/batch HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nidempotency-key: ${randomUUID()}\r\nx-forwarded-for: ${address()}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  };
}
