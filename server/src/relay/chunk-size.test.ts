import { expect, it } from 'vitest';
import { CHUNK_CLICKS_MAX } from '../ledger/chunks.js';
import { ChunkSize } from './chunk-size.js';

/** Loads full chunks into an engine that takes `ms` a click, on top of a tenth of a second. Returns what the last one took. */
function load(size: ChunkSize, msAClick: number, chunks: number): number {
  let ms = 0;
  for (let i = 0; i < chunks; i++) {
    ms = 100 + size.clicksMax * msAClick;
    size.loaded(size.clicksMax, ms);
  }
  return ms;
}

it('clicks that are loaded quickly come in chunks as large as may be', () => {
  const size = new ChunkSize();
  load(size, 0.01, 100);
  expect(size.clicksMax).toBe(CHUNK_CLICKS_MAX);
});

it('a chunk takes about a second when clicks are slow to load, from the second one on', () => {
  const size = new ChunkSize();
  expect(load(size, 0.1, 1)).toBeGreaterThan(5_000);
  for (let i = 0; i < 50; i++) expect(load(size, 0.1, 1)).toBeLessThan(1_500);
});

it('chunks grow again when the flood is over', () => {
  const size = new ChunkSize();
  load(size, 0.1, 10);
  load(size, 0.01, 20);
  expect(size.clicksMax).toBe(CHUNK_CLICKS_MAX);
});

it('an engine that stands still makes chunks no smaller than some thousands, and few clicks that took long not at all', () => {
  const size = new ChunkSize();
  size.loaded(200, 60_000);
  expect(size.clicksMax).toBe(CHUNK_CLICKS_MAX);
  size.loaded(CHUNK_CLICKS_MAX, 600_000);
  expect(size.clicksMax).toBe(5_000);
});
