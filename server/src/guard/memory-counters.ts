import type { CounterReading, CounterRequest } from '../click/counters.js';
import { copyOf } from '../lib/bounded-cache.js';
import { TenantMaps } from '../lib/tenant-maps.js';
import { type CounterIncrement, HOUR_MS, MINUTE_MS, toReading } from './guard.js';
import { type Emptied, ExpiringRecords, keyOf, type RecordKey } from './records.js';

/** Counters kept at most, minutes and hours each; beyond it the oldest go. */
const COUNTERS_MAX = 500_000;
/** The running span and two before it: the hour before, and a late click's grace. */
const SPANS_KEPT = 2;

const counters = (spanMs: number) =>
  new ExpiringRecords<Emptied>({
    recordWords: 1, // its count
    spanMs,
    spansKept: SPANS_KEPT,
    recordsMax: COUNTERS_MAX,
    makeExtra: () => ({ empty: () => undefined }),
  });

/** Keys kept: there are far fewer ads than clicks. */
const KEYS_MAX = 20_000;

/** Counters of committed clicks by minute and hour, see `CounterRequest`. */
export class MemoryCounters {
  readonly #minutes = counters(MINUTE_MS);
  readonly #hours = counters(HOUR_MS);
  /** By name of the counter. */
  readonly #keys = new Map<string, TenantMaps<RecordKey>>();
  #keyCount = 0;

  read(tenantId: number, request: CounterRequest, atMs: number): CounterReading {
    const key = this.#keyOf(tenantId, request);
    const hour = Math.floor(atMs / HOUR_MS);
    return toReading(
      atMs,
      countAt(this.#minutes, key, Math.floor(atMs / MINUTE_MS)),
      countAt(this.#hours, key, hour),
      countAt(this.#hours, key, hour - 1),
    );
  }

  add(increment: CounterIncrement, nowMs: number): void {
    const key = this.#keyOf(increment.tenantId, increment);
    addAt(this.#minutes, key, Math.floor(increment.clickedAtMs / MINUTE_MS), increment.count, nowMs);
    addAt(this.#hours, key, Math.floor(increment.clickedAtMs / HOUR_MS), increment.count, nowMs);
  }

  #keyOf(tenantId: number, { name, subject }: CounterRequest): RecordKey {
    return this.#keys.get(name)?.of(tenantId).get(subject) ?? this.#makeKey(tenantId, name, subject);
  }

  #makeKey(tenantId: number, name: string, subject: string): RecordKey {
    if (this.#keyCount === KEYS_MAX) {
      this.#keys.clear();
      this.#keyCount = 0;
    }
    const key = keyOf(`${tenantId}\n${name}\n${subject}`);
    const ofName = this.#keys.get(name) ?? new TenantMaps<RecordKey>();
    this.#keys.set(name, ofName);
    ofName.of(tenantId).set(copyOf(subject), key);
    this.#keyCount++;
    return key;
  }
}

function countAt(records: ExpiringRecords<Emptied>, key: RecordKey, index: number): number {
  return records.find(key, index) ? (records.words[records.at] as number) : 0;
}

function addAt(
  records: ExpiringRecords<Emptied>,
  key: RecordKey,
  index: number,
  count: number,
  nowMs: number,
): void {
  if (!records.find(key, index)) records.insert(nowMs);
  records.words[records.at] = (records.words[records.at] as number) + count;
}
