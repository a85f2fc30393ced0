import { LIMITS } from '@clickledger/contract';
import type { Click } from '../../click/click.js';
import type { SubmitResult } from '../../ingest/import-wire.js';
import type { PrepareClick } from '../../ingest/prepare.js';
import { type RetryPolicy, submitWithRetries } from '../import/retry.js';
import { BatchWindow } from '../import/window.js';
import type { DemoClick } from './month.js';

/** Batches on their way at once: one commits while the next waits. More would be a queue, which the server refuses when it stands. */
const BATCHES_IN_FLIGHT_MAX = 2;

export interface FillOptions {
  tenantId: number;
  prepare: PrepareClick;
  /** Commits a batch, whole or not at all. */
  submit: (clicks: Click[]) => Promise<SubmitResult[]>;
  retry: RetryPolicy;
  nowMs: () => number;
  /** What a click brings of its link; undefined: no link brought it. */
  landingOf?: (click: DemoClick) => string | undefined;
  onProgress?: (sent: number) => void;
}

/** A made-up click, checked and enriched as an import's line would be. */
export function prepareDemo(made: DemoClick, options: FillOptions): Click {
  const { input, address } = made;
  const click = options.prepare(input, {
    tenantId: options.tenantId,
    nowMs: options.nowMs(),
    address,
    userAgentHeader: null,
    derivedClickId: null,
    isImport: true,
  });
  if ('fieldErrors' in click)
    throw new Error(`a made-up click is wrong: ${JSON.stringify(click.fieldErrors)}`);
  const landing = options.landingOf?.(made);
  if (landing !== undefined) click.landing = landing;
  return click;
}

/** Sends all clicks in batches, in order, a few in flight. */
export async function fill(
  clicks: Iterable<DemoClick>,
  options: FillOptions,
): Promise<{ accepted: number; duplicates: number; flagged: number }> {
  const sums = { accepted: 0, duplicates: 0, flagged: 0 };
  const window = new BatchWindow(BATCHES_IN_FLIGHT_MAX, async (batch: Click[]) => {
    for (const { isDuplicate, isFraudulent } of await submitWithRetries(
      options.submit,
      batch,
      options.retry,
    )) {
      if (isDuplicate) sums.duplicates++;
      else {
        sums.accepted++;
        if (isFraudulent) sums.flagged++;
      }
    }
    options.onProgress?.(sums.accepted + sums.duplicates);
  });
  let batch: Click[] = [];
  for (const click of clicks) {
    batch.push(prepareDemo(click, options));
    if (batch.length < LIMITS.batchClicksMax) continue;
    await window.add(batch);
    batch = [];
  }
  if (batch.length > 0) await window.add(batch);
  await window.settle();
  window.throwIfFailed();
  return sums;
}
