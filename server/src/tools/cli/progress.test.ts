import { afterEach, expect, it, vi } from 'vitest';
import { startProgress } from './progress.js';

afterEach(() => vi.useRealTimers());

it('where no terminal is, a line each ten seconds says how far it is, and none after the end', () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const progress = startProgress({
    title: 'a.csv',
    total: 200,
    isTerminal: false,
    say: (line) => lines.push(line),
  });
  vi.advanceTimersByTime(9_999);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(lines).toEqual(['  a.csv: begun, 0 %, after 10 s']);
  progress.update(50, '1,000 lines');
  vi.advanceTimersByTime(20_000);
  expect(lines.slice(1)).toEqual([
    '  a.csv: 1,000 lines, 25 %, after 20 s',
    '  a.csv: 1,000 lines, 25 %, after 30 s',
  ]);
  progress.stop();
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(3);
});

it('without a total there is no percentage', () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  startProgress({ title: 'stdin', total: null, isTerminal: true, say: (line) => lines.push(line) }).update(
    7,
    '3 lines',
  );
  vi.advanceTimersByTime(10_000);
  expect(lines).toEqual(['  stdin: 3 lines, after 10 s']);
});

it('a total that is known better later is taken', () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const progress = startProgress({
    title: 'x',
    total: 10,
    isTerminal: false,
    say: (line) => lines.push(line),
  });
  progress.update(5, 'half', 20);
  progress.update(10, 'more');
  vi.advanceTimersByTime(10_000);
  expect(lines).toEqual(['  x: more, 50 %, after 10 s']);
});
