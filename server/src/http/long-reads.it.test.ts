import type { FastifyRequest } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCaller } from '../accounts/caller.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';

/** As many as a client has connections, and some more. */
const TENANTS = 10;
/** Far longer than the test waits: a question ends when it is aborted. */
const SECONDS = 50;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

const requestOf = (tenantId: number) =>
  ({
    caller: makeCaller({ tenantId, actor: 'test', scopes: new Set(), isMember: false, advertiserIds: null }),
  }) as unknown as FastifyRequest;

it('long questions take no connection that the relay delivers over, or that health is asked over', async () => {
  const { longReadsOf } = system.services;
  if (!longReadsOf) throw new Error('no analytics');
  const abort = new AbortController();
  const ended: string[] = [];
  const questions = Array.from({ length: TENANTS }, (_, i) =>
    longReadsOf(requestOf(i + 1)).query({
      query: `SELECT sum(sleepEachRow(1)) FROM numbers(${SECONDS})`,
      format: 'JSON',
      abort_signal: abort.signal,
      clickhouse_settings: { max_block_size: '1', function_sleep_max_microseconds_per_block: '60000000' },
    }),
  );
  const all = Promise.all(
    questions.map((question) =>
      question.then(
        () => ended.push('answered'),
        (error: unknown) => ended.push(String(error)),
      ),
    ),
  );
  try {
    expect((await system.post('/api/v1/clicks', aClick())).statusCode).toBe(202);
    await system.caughtUp();
    expect(await system.get('/health')).toMatchObject({ services: { clickhouse: 'embedded' } });
    expect(ended).toEqual([]);
  } finally {
    abort.abort();
    await all;
  }
});

it('short questions that take all the reads of the engine do not look like an outage', async () => {
  const { analyticsOf } = system.services;
  if (!analyticsOf) throw new Error('no analytics');
  const abort = new AbortController();
  // As many as four tenants may ask at once; the engine reads for eight.
  const questions = Array.from({ length: 12 }, (_, i) =>
    analyticsOf(requestOf(1 + (i % 4))).query({
      query: `SELECT sum(sleepEachRow(1)) FROM numbers(${SECONDS})`,
      format: 'JSON',
      abort_signal: abort.signal,
      clickhouse_settings: {
        max_block_size: '1',
        function_sleep_max_microseconds_per_block: '60000000',
        readonly: '2',
      },
    }),
  );
  const all = Promise.allSettled(questions);
  try {
    for (let look = 0; look < 3; look++) {
      expect(await system.get('/health')).toMatchObject({ services: { clickhouse: 'embedded' } });
      // An answer is kept for a second.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    }
  } finally {
    abort.abort();
    await all;
  }
});
