import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtAt } from './builds.js';
import { appendHistory, HISTORY_HEAD } from './history.js';
import { markdownOf } from './report.js';
import { type Results, resultsFor, writeResults } from './results.js';

const BEFORE = { commit: 'aaaa111', subject: 'Before' };
const AFTER = { commit: 'bbbb222', subject: 'One | two' };
const latencyOf = (ms: number) => ({ '5,000/s': { 'p50 ms': ms / 4, 'p99 ms': ms } });
const results: Results = {
  machine: '2 cores',
  before: BEFORE,
  after: AFTER,
  stages: {
    latency: {
      measuredAt: '2026-11-28T06:30:00.000Z',
      rounds: [
        { before: latencyOf(40), after: latencyOf(20), floor: latencyOf(4) },
        { before: latencyOf(50), after: latencyOf(20), floor: latencyOf(10) },
      ],
      failures: ['latency, round 3, before (aaaa111): the load generator ended with 1'],
      details: [],
    },
  },
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clickledger-bench-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('the report', () => {
  it('has a row a figure: medians, and ratios with their spread', () => {
    const text = markdownOf(results);
    expect(text).toContain('Before: aaaa111, Before. After: bbbb222, One | two.');
    expect(text).toContain('| 5,000/s | p50 ms | 11.3 | 5.00 |');
    expect(text).toContain('|  | p99 ms | 45.0 | 20.0 | 0.45 (0.40–0.50) | 7.00 | 3.50 (2.00–5.00) |');
    expect(text).toContain('2 rounds, 2026-11-28 06:30 UTC.');
  });

  it('names what failed', () => {
    expect(markdownOf(results)).toContain('- Failed: latency, round 3, before (aaaa111): the load generator');
  });
});

describe('the results', () => {
  it('keep the stages of the same two builds, and of no others', () => {
    writeResults(folder, results);
    expect(Object.keys(resultsFor(folder, BEFORE, AFTER).stages)).toEqual(['latency']);
    expect(resultsFor(folder, BEFORE, { commit: 'bbbb222+', subject: '' }).stages).toEqual({});
  });

  it('survive a figure that could not be measured', () => {
    const rounds = [{ after: latencyOf(Number.NaN) }];
    const stage = { measuredAt: '2026-11-28T06:30:00.000Z', rounds, failures: [], details: [] };
    writeResults(folder, { ...results, stages: { latency: stage } });
    expect(markdownOf(resultsFor(folder, BEFORE, AFTER))).toContain(
      '| 5,000/s | p50 ms | – | – | – | – | – |',
    );
  });
});

describe('the history', () => {
  it('gets a row a run, each figure with its ratio, below one head', () => {
    appendHistory(folder, results);
    appendHistory(folder, results);
    const rows = read('history.md')
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(4);
    expect(rows[2]).toBe(rows[3]);
    expect(rows[2]).toContain('| 2026-11-28 | bbbb222 | One \\| two | aaaa111 | – | 20.0 (3.50) | – |');
    const cells = (line = '') => line.replaceAll('\\|', '').split('|').length;
    expect(cells(rows[2])).toBe(cells(rows[0]));
  });

  it('of this repository has the columns that a run appends', () => {
    const history = readFileSync(new URL('../../results/history.md', import.meta.url), 'utf8');
    expect(history.startsWith(HISTORY_HEAD)).toBe(true);
  });
});

describe('a build', () => {
  it('must be built where a path is named', () => {
    expect(() => builtAt(folder)).toThrow(/build it there first/);
  });
});
