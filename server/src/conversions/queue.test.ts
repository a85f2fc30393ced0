import { expect, it } from 'vitest';
import type { IncomingConversion } from './conversion.js';
import { COMMIT_CONVERSIONS_MAX, ConversionQueue, QUEUE_CONVERSIONS_MAX } from './queue.js';

const request = (tenantId: number, count: number) => ({
  submission: {
    tenantId,
    source: 'api' as const,
    madeBy: 'test',
    idempotency: null,
    conversions: Array.from({ length: count }, () => ({}) as IncomingConversion),
    isAlone: false,
    requestId: 'test',
  },
  resolve: () => undefined,
  reject: () => undefined,
});
const loads = (queue: ConversionQueue) =>
  queue.take().map(({ submission }) => [submission.tenantId, submission.conversions.length]);

it('one tenant alone may fill the queue, and the others still find room', () => {
  const queue = new ConversionQueue();
  for (let i = 0; i < QUEUE_CONVERSIONS_MAX; i++) {
    expect(queue.hasRoomFor(1)).toBe(true);
    queue.add(request(1, 1));
  }
  expect(queue.load).toBe(QUEUE_CONVERSIONS_MAX);
  expect(queue.hasRoomFor(1)).toBe(false);
  for (let i = 0; i < QUEUE_CONVERSIONS_MAX / 2; i++) {
    expect(queue.hasRoomFor(2)).toBe(true);
    queue.add(request(2, 1));
  }
  expect(queue.hasRoomFor(2)).toBe(false);
});

it('a commit takes equal shares of the tenants, and fills what is left', () => {
  const queue = new ConversionQueue();
  for (let i = 0; i < COMMIT_CONVERSIONS_MAX; i++) queue.add(request(1, 1));
  queue.add(request(2, 10));
  queue.add(request(3, 10));
  const taken = loads(queue);
  expect(taken.filter(([tenant]) => tenant !== 1)).toEqual([
    [2, 10],
    [3, 10],
  ]);
  expect(taken.reduce((sum, [, count]) => sum + (count ?? 0), 0)).toBe(COMMIT_CONVERSIONS_MAX);
  expect(queue.load).toBe(20);
});

it('a request that is larger than a share gets its turn, and nothing stays behind', () => {
  const queue = new ConversionQueue();
  queue.add(request(1, COMMIT_CONVERSIONS_MAX));
  queue.add(request(2, COMMIT_CONVERSIONS_MAX));
  queue.add(request(3, 0));
  const tenants: (number | undefined)[] = [];
  for (let taken = loads(queue); taken.length > 0; taken = loads(queue))
    tenants.push(...taken.map(([tenant]) => tenant));
  expect(tenants.sort()).toEqual([1, 2, 3]);
  expect(queue.load).toBe(0);
});
