/**
 * Synthetic clicks, written by the engine itself. Everything about click n follows from n, so that a data set is the same
 * each time: 10 million users (some far busier than others), each with a country and a client of their own; 2,000 ads of 200
 * campaigns of 50 advertisers; ads, countries and clients Zipf-distributed; 3 % flagged.
 */
export const USERS = 10_000_000;
export const ADS = 2_000;
export const CAMPAIGNS = 200;
const ADVERTISERS = 50;

const COUNTRIES =
  'US IN BR DE GB FR ID JP MX CA IT ES NG PH TR PL KR AU NL VN TH AR ZA EG PK BD CO SE BE CH AT CL PE RO CZ GR PT HU DK FI NO IE IL MY SG NZ UA KE MA TW'.split(
    ' ',
  );
/** Device type, system and browser as they occur together, the most frequent first. */
const CLIENTS = [
  ['mobile', 'Android', 'Chrome Mobile'],
  ['mobile', 'iOS', 'Mobile Safari'],
  ['desktop', 'Windows', 'Chrome'],
  ['desktop', 'macOS', 'Safari'],
  ['mobile', 'Android', 'Samsung Internet'],
  ['desktop', 'Windows', 'Edge'],
  ['desktop', 'macOS', 'Chrome'],
  ['tablet', 'iOS', 'Mobile Safari'],
  ['desktop', 'Windows', 'Firefox'],
  ['mobile', 'Android', 'Facebook'],
  ['mobile', 'iOS', 'Chrome Mobile'],
  ['tablet', 'Android', 'Chrome'],
  ['desktop', 'Linux', 'Chrome'],
  ['mobile', 'iOS', 'Instagram'],
  ['desktop', 'Linux', 'Firefox'],
  ['desktop', 'macOS', 'Firefox'],
  ['desktop', 'ChromeOS', 'Chrome'],
  ['mobile', 'Android', 'Firefox'],
  ['desktop', 'Windows', 'Opera'],
  ['tablet', 'iOS', 'Chrome Mobile'],
  ['desktop', 'macOS', 'Edge'],
  ['mobile', 'Android', 'Opera'],
  ['', '', ''],
] as const;

const list = (values: readonly string[]) => `[${values.map((value) => `'${value}'`).join(', ')}]`;
const client = (place: 0 | 1 | 2) => list(CLIENTS.map((one) => one[place]));
/** A number in [0, 1) that follows from an expression. */
const uniform = (expression: string, salt: number) =>
  `(cityHash64(${expression}, ${salt}) / 18446744073709551616.)`;
/** A rank from 1 to `count`, rank k about 1/k as often as rank 1. */
const zipf = (expression: string, salt: number, count: number) =>
  `toUInt32(floor(exp(${uniform(expression, salt)} * log(${count} + 1))))`;

/** Settings of an insert whose rows are to make one part a table. */
export const ONE_BLOCK = {
  max_block_size: '65536',
  min_insert_block_size_rows: '4194304',
  min_insert_block_size_bytes: '0',
  max_insert_threads: '1',
  max_partitions_per_insert_block: '0',
} as const;

/** `INSERT` of the clicks from {first:UInt64} on, {count:UInt64} of them; click n at {start_ms:Float64} + n * {step_ms:Float64}. */
export const INSERT_CLICKS = `INSERT INTO click_events (
  tenant_id, click_id, chunk_id, batch_id, received_at, clicked_at, advertiser_id, campaign_id, ad_id, user_id, ip_hash,
  visitor_key, country, device_type, os, browser, user_agent, referrer, is_fraudulent, fraud_reason, fraud_reasons,
  rules_not_run, fraud_evidence, cost_micros)
WITH
  toUInt32(floor(${USERS} * pow(${uniform('n', 3)}, 2))) AS user,
  ${zipf('n', 1, ADS)} AS ad,
  (ad - 1) % ${CAMPAIGNS} + 1 AS campaign,
  ${zipf('user', 4, COUNTRIES.length)} AS country_rank,
  ${zipf('user', 5, CLIENTS.length)} AS client_rank,
  cityHash64(n, 7) % 100 AS flag
SELECT
  toUInt32(1) AS tenant_id,
  reinterpretAsUUID(concat(reinterpretAsFixedString(cityHash64(n, 8)), reinterpretAsFixedString(cityHash64(n, 9)))) AS click_id,
  intDiv(n, 5000) + 1 AS chunk_id,
  intDiv(n, 50) AS batch_id,
  fromUnixTimestamp64Milli(toInt64({start_ms:Float64} + n * {step_ms:Float64}), 'UTC') AS received_at,
  received_at AS clicked_at,
  concat('advertiser-', toString(campaign % ${ADVERTISERS})) AS advertiser_id,
  concat('campaign-', toString(campaign)) AS campaign_id,
  concat('ad-', toString(ad)) AS ad_id,
  concat('user-', toString(user)) AS user_id,
  lower(hex(sipHash128(user))) AS ip_hash,
  cityHash64(user, 11) AS visitor_key,
  ${list(COUNTRIES)}[country_rank] AS country,
  ${client(0)}[client_rank] AS device_type,
  ${client(1)}[client_rank] AS os,
  ${client(2)}[client_rank] AS browser,
  concat('Mozilla/5.0 (', os, '; ', toString(cityHash64(user, 12) % 40), ') AppleWebKit/537.36 (KHTML, like Gecko) ',
    browser, '/', toString(100 + cityHash64(user, 13) % 30), '.0.0.0 Safari/537.36') AS user_agent,
  concat('https://site-', toString(${zipf('n', 14, 500)}), '.example/page') AS referrer,
  toUInt8(flag < 3) AS is_fraudulent,
  if(flag < 3, ['velocity_ip', 'bot_user_agent', 'datacenter_ip'][flag + 1], '') AS fraud_reason,
  fraud_reason AS fraud_reasons,
  '' AS rules_not_run,
  if(flag < 3, '{"velocity_ip":{"count":120,"limit":100}}', '') AS fraud_evidence,
  toInt64(100000 + campaign * 1000) AS cost_micros
FROM (SELECT number + {first:UInt64} AS n FROM numbers({count:UInt64}))`;
