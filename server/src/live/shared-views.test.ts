import { AggregateQuery, type AggregateReply } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { sleep } from '../backoff.js';
import { until } from '../testing/wait.js';
import { FAILED_WAIT_MS_MAX, SharedViews } from './shared-views.js';

/** How long the question hangs before it fails, in milliseconds: ten times as long was once waited then. */
const HANGS_MS = 600;

it('a question that hung while the engine was away is asked again as soon as the engine may be back', async () => {
  let nowMs = 0;
  let asked = 0;
  const sent: string[] = [];
  const views = new SharedViews({
    now: () => nowMs,
    mark: async () => 1,
    onError: () => undefined,
    ask: async () => {
      if (asked++ > 0) return { data: [] } as unknown as AggregateReply;
      await sleep(HANGS_MS);
      throw new Error('away');
    },
  });
  const query = AggregateQuery.parse({
    start_time: '2026-11-01T00:00:00Z',
    end_time: '2026-11-02T00:00:00Z',
  });
  views.watch(
    { tenantId: 1, key: 'one', queryAt: () => query },
    { send: (event) => void sent.push(event.toString().split('\n')[0] ?? '') },
  );
  await until(
    () => sent.length,
    (count) => count === 1,
  );
  nowMs += FAILED_WAIT_MS_MAX + 1;
  await until(
    () => sent.length,
    (count) => count === 2,
  );
  views.stop();
  expect(sent).toEqual(['event: error', 'event: result']);
});
