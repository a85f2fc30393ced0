import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/system.js';

const CLICKS_MAX = 50_000;
const MANY = 2_000;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
});
afterAll(() => system?.close());

/** Commits batches of so many clicks, adjustments and conversions each; what is stamped is their counts. Returns their ids. */
async function commit(count: number, clicks: number, adjustments = 0, conversions = 0): Promise<number[]> {
  const { rows } = await system.pool.query<{ id: number }>(
    `INSERT INTO batches (batch_id, received_at, click_count, fraud_count, adjustment_count, conversion_count)
     SELECT nextval('batch_ids'), now(), $2, 0, $3, $4 FROM generate_series(1, $1) RETURNING batch_id AS id`,
    [count, clicks, adjustments, conversions],
  );
  return rows.map((row) => row.id);
}

/** Fixes the next chunk. Returns the ids of its batches in their order, none when nothing waits. */
async function stamp(): Promise<number[]> {
  const made = await system.pool.query<{ id: number }>('SELECT stamp_chunk(5000, $1) AS id', [CLICKS_MAX]);
  const { rows } = await system.pool.query<{ id: number }>(
    'SELECT batch_id AS id FROM batches WHERE chunk_id = $1 ORDER BY batch_id',
    [made.rows[0]?.id],
  );
  return rows.map((row) => row.id);
}

async function stampAll(): Promise<number[][]> {
  const chunks: number[][] = [];
  for (let chunk = await stamp(); chunk.length > 0; chunk = await stamp()) chunks.push(chunk);
  return chunks;
}

it('a few clicks that come after a flood of another tenant go with the next chunk', async () => {
  const flood = await commit(500, MANY);
  const few = await commit(20, 10);
  const chunks = await stampAll();
  expect(chunks[0]).toEqual(expect.arrayContaining(few));
  expect(chunks.flat().sort((a, b) => a - b)).toEqual([...flood, ...few]);
});

it('both kinds have half of a chunk when both wait, and all of it when alone, each the oldest first', async () => {
  const few = await commit(200, 500);
  const many = await commit(100, MANY);
  const chunks = await stampAll();
  const shares = chunks.map((chunk) => ({
    few: chunk.filter((id) => few.includes(id)).length * 500,
    many: chunk.filter((id) => many.includes(id)).length * MANY,
  }));
  const about = (few: number, many: number) => ({
    few: expect.closeTo(few, -4),
    many: expect.closeTo(many, -4),
  });
  const half = about(CLICKS_MAX / 2, CLICKS_MAX / 2);
  const rest = about(0, CLICKS_MAX);
  expect(shares).toEqual([half, half, half, half, rest, rest]);
  for (const kind of [few, many])
    expect(chunks.flatMap((chunk) => chunk.filter((id) => kind.includes(id)))).toEqual(kind);
});

it.each([
  ['an adjustment', 10, 0],
  ['a conversion', 0, 10],
])(
  '%s is in no chunk before the one that takes every batch before it',
  async (_, adjustments, conversions) => {
    const many = await commit(100, MANY);
    const [adjustment] = await commit(1, 0, adjustments, conversions);
    const few = await commit(1, 1);
    const chunks = await stampAll();
    const chunkOf = (id: number | undefined) => chunks.findIndex((chunk) => chunk.includes(id ?? 0));
    expect(chunkOf(few[0])).toBe(0);
    expect(chunkOf(adjustment)).toBe(chunks.length - 1);
    expect(chunkOf(many.at(-1))).toBe(chunks.length - 1);
  },
);

it('a batch larger than a chunk may be is a chunk', async () => {
  const [large] = await commit(1, CLICKS_MAX * 2);
  expect(await stamp()).toEqual([large]);
  expect(await stamp()).toEqual([]);
});
