import { type CounterIncrement, MINUTE_MS } from '../guard/guard.js';
import { TenantMaps } from '../lib/tenant-maps.js';
import type { BatchClick } from './batch-click.js';
import type { BatchRequest } from './batch-request.js';

/** Judges the clicks of requests, and returns those that go to the ledger: each id once, none that is known to be on disk. */
export function rowsOf(requests: readonly BatchRequest[]): BatchClick[] {
  const byId = new TenantMaps<BatchClick>();
  const rows: BatchClick[] = [];
  for (const { tenantId, clicks } of requests) {
    const ofTenant = byId.of(tenantId);
    for (const click of clicks) {
      const first = ofTenant.get(click.clickId);
      if (first) click.first = first;
      else {
        ofTenant.set(click.clickId, click);
        if (click.judge()) rows.push(click);
      }
    }
  }
  return rows;
}

/** What the rows that are new in the ledger add to the slow counters. */
export function incrementsOf(rows: readonly BatchClick[]): CounterIncrement[] {
  const increments: CounterIncrement[] = [];
  const byMinute = new Map<number, TenantMaps<CounterIncrement>>();
  for (const { click, outcome } of rows) {
    if (outcome === null || outcome.isDuplicate) continue;
    const { tenantId, adId, clickedAtMs } = click;
    const minute = Math.floor(clickedAtMs / MINUTE_MS);
    const byTenant = byMinute.get(minute) ?? new TenantMaps<CounterIncrement>();
    byMinute.set(minute, byTenant);
    const byAd = byTenant.of(tenantId);
    const sum = byAd.get(adId);
    if (sum) sum.count++;
    else {
      const first: CounterIncrement = { tenantId, name: 'ad', subject: adId, clickedAtMs, count: 1 };
      byAd.set(adId, first);
      increments.push(first);
    }
  }
  return increments;
}
