import type { ClickHouseClient } from '@clickhouse/client';
import type { ListPreviewReply } from '@clickledger/contract';
import { QUERY_LIMITS } from '../analytics/client.js';
import { addressHashes } from '../enrich/address-hashes.js';
import type { Hasher } from '../enrich/hasher.js';

const DAY_MS = 86_400_000;
/** Single clicks are read, and most of a list's columns have no index. In seconds. */
const SECONDS_MAX = 30;

interface Entry {
  kind: 'address' | 'user' | 'user_agent' | 'referrer_host';
  value: string;
  days: number;
}

/** `POST /fraud/lists/preview` for one tenant: how many clicks of the last days an entry would have matched. */
export async function previewListEntry(
  client: ClickHouseClient,
  tenantId: number,
  { kind, value, days }: Entry,
  { hasher, nowMs }: { hasher: Pick<Hasher, 'ipHash'>; nowMs: number },
): Promise<ListPreviewReply> {
  const named = kind === 'address' ? addressCondition(value, hasher) : TEXT_CONDITIONS[kind](value);
  if (named === null) return { days, clicks: null, flagged: null };
  const result = await client.query({
    query: `SELECT sum(sign) AS clicks, sumIf(sign, is_fraudulent = 1) AS flagged FROM click_events
WHERE tenant_id = {tenant:UInt32} AND ${named.condition}
  AND clicked_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND clicked_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
    query_params: { ...named.params, tenant: tenantId, from: nowMs - days * DAY_MS, to: nowMs },
    format: 'JSONEachRow',
    clickhouse_settings: {
      ...QUERY_LIMITS,
      max_execution_time: SECONDS_MAX,
      output_format_json_quote_64bit_integers: 0,
    },
  });
  const [row] = await result.json<{ clicks: number; flagged: number }>();
  return { days, clicks: row?.clicks ?? 0, flagged: row?.flagged ?? 0 };
}

interface Condition {
  condition: string;
  params: Record<string, unknown>;
}

/** As `makeFindListed` compares them: users and user agents whole, a host with its subdomains. */
const TEXT_CONDITIONS: Record<'user' | 'user_agent' | 'referrer_host', (value: string) => Condition> = {
  user: (value) => ({ condition: 'user_id = {value:String}', params: { value } }),
  user_agent: (value) => ({ condition: 'user_agent = {value:String}', params: { value } }),
  referrer_host: (value) => ({
    condition: `(domain(referrer) = {value:String} OR endsWith(domain(referrer), {below:String}))`,
    params: { value, below: `.${value}` },
  }),
};

function addressCondition(range: string, hasher: Pick<Hasher, 'ipHash'>): Condition | null {
  const hashes = addressHashes(range, hasher);
  if (hashes === null) return null;
  const { of, values } = hashes;
  return of === 'address'
    ? { condition: 'ip_hash IN {values:Array(String)}', params: { values } }
    : {
        condition: 'substring(ip_hash, 1, {digits:UInt8}) IN {values:Array(String)}',
        params: { values, digits: hashes.digits },
      };
}
