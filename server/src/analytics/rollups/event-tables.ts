import type { EventKind } from '../../click/event-kinds.js';

/** How one kind of event gets from a view of the ledger into a table of analytics. */
interface EventTable {
  table: string;
  /** The event's own time in the table, by which it is partitioned. */
  at: string;
  /** What ClickHouse reads: a view of the ledger with `chunk_id`, and one with `part_id`. */
  view: string;
  partView: string;
  /** The same time in the view, in milliseconds. */
  time: string;
  columns: string;
  /** Each column from the view, in the order of `columns`. */
  select: string;
  /** A total order, so that a chunk that is sent again is cut alike. */
  order: string;
}

/** What a chunk is inserted into, by kind. */
export const EVENT_TABLES: Record<EventKind, EventTable> = {
  clicks: {
    table: 'click_events',
    at: 'clicked_at',
    view: 'chunk_clicks',
    partView: 'chunk_part_clicks',
    time: 'clicked_at_ms',
    columns: `tenant_id, click_id, chunk_id, batch_id, received_at, clicked_at, advertiser_id, campaign_id, ad_id, user_id, ip_hash,
  visitor_key, country, device_type, os, browser, user_agent, referrer, is_fraudulent, fraud_reason, fraud_reasons, rules_not_run,
  fraud_evidence, cost_micros, sign, revision, deferred, link_id, landing`,
    select: `tenant_id, click_id, chunk_id, batch_id,
  fromUnixTimestamp64Milli(assumeNotNull(received_at_ms), 'UTC'), fromUnixTimestamp64Milli(assumeNotNull(clicked_at_ms), 'UTC'),
  advertiser_id, campaign_id, ad_id, user_id, ip_hash, reinterpretAsUInt64(unhex(assumeNotNull(visitor_key))),
  country, device_type, os, browser, user_agent, referrer, is_fraudulent, fraud_reason, fraud_reasons, rules_not_run,
  fraud_evidence, cost_micros, sign, revision, deferred, JSONExtractString(assumeNotNull(landing), 'link_id'),
  mapFilter((name, value) -> name != 'link_id', JSONExtract(assumeNotNull(landing), 'Map(LowCardinality(String), String)'))`,
    order: 'tenant_id, click_id, revision, sign',
  },
  conversions: {
    table: 'conversion_events',
    at: 'at',
    view: 'chunk_conversions',
    partView: 'chunk_part_conversions',
    time: 'at_ms',
    columns: `tenant_id, basis, at, conversion_id, chunk_id, batch_id, converted_at, clicked_at, action, status, reason, value_micros, currency,
  cost_micros, seconds_to_convert, click_id, advertiser_id, campaign_id, ad_id, country, device_type, os, browser, link_id, landing, views,
  sign, revision, deferred`,
    select: `tenant_id, assumeNotNull(basis), fromUnixTimestamp64Milli(assumeNotNull(at_ms), 'UTC'), conversion_id, chunk_id, batch_id,
  fromUnixTimestamp64Milli(assumeNotNull(converted_at_ms), 'UTC'), fromUnixTimestamp64Milli(assumeNotNull(clicked_at_ms), 'UTC'),
  action, status, reason, value_micros, currency, cost_micros, seconds_to_convert, click_id, advertiser_id, campaign_id, ad_id, country,
  device_type, os, browser, link_id, JSONExtract(assumeNotNull(landing), 'Map(LowCardinality(String), String)'), views, sign, revision,
  deferred`,
    order: 'tenant_id, basis, conversion_id, revision, sign, views',
  },
  impressions: {
    table: 'impression_counts',
    at: 'hour',
    view: 'chunk_impressions',
    partView: 'chunk_part_impressions',
    time: 'hour_ms',
    columns: `tenant_id, hour, count_id, chunk_id, batch_id, received_at, advertiser_id, campaign_id, ad_id, country, device_type, link_id,
  impressions, price_per_thousand_micros`,
    select: `tenant_id, toDateTime(assumeNotNull(intDiv(hour_ms, 1000)), 'UTC'), count_id, chunk_id, batch_id,
  fromUnixTimestamp64Milli(assumeNotNull(received_at_ms), 'UTC'), advertiser_id, campaign_id, ad_id, country, device_type, link_id,
  impressions, price_per_thousand_micros`,
    order: 'tenant_id, count_id',
  },
};
