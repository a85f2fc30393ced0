import { AggregateParameters, aggregateQueryAt } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { toQuery } from '../api/questions.js';
import type { Comparison } from '../lib/comparison.js';
import { mayIncludeToday, PRESET_NAMES, type RangeChoice } from '../lib/presets.js';
import { type Range, resolveRange } from '../lib/range.js';
import { pageQuestions } from './questions.js';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
/** In the middle of a minute, an hour, a day, a week and a month, where turns of none of them change the size of buckets. */
const NOW = at('2026-10-14T09:30:30Z');

/** Around changes of clocks, and turns of months and of the year. */
const NOWS = [
  ...['2026-01-01T00:00:30Z', '2026-03-01T12:00:00Z', '2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z'],
  ...['2026-03-31T22:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-12-31T23:30:00Z'],
];

const CHOICES: RangeChoice[] = PRESET_NAMES.flatMap((preset): RangeChoice[] =>
  mayIncludeToday(preset) ? [{ preset }, { preset, withToday: true }] : [{ preset }],
);
/** Begun, and not over. */
const CUSTOM: RangeChoice = {
  preset: 'custom',
  fromMs: at('2026-10-12T22:00:00Z'),
  toMs: at('2026-10-15T22:00:00Z'),
};
const COMPARED: Comparison[] = [
  { kind: 'off' },
  { kind: 'previous' },
  { kind: 'year' },
  { kind: 'custom', fromMs: at('2026-01-01T00:00:00Z'), toMs: at('2026-01-02T00:00:00Z') },
];

const questionsAt = (choice: RangeChoice, nowMs: number, comparison: Comparison) => {
  const range = resolveRange(choice, nowMs, BERLIN, undefined, comparison);
  return { range, questions: pageQuestions(range, [], comparison, { os: 'os' }) };
};
const queriesAt = (...asked: Parameters<typeof questionsAt>) =>
  Object.entries(questionsAt(...asked).questions).map(([name, one]) => [name, one && toQuery(one)]);

/** The range that the server resolves a query to, in milliseconds since 1970. */
function spanAt(query: string, nowMs: number) {
  const { start_time, end_time } = aggregateQueryAt(
    AggregateParameters.parse(Object.fromEntries(new URLSearchParams(query))),
    nowMs,
  );
  return [Date.parse(start_time), Date.parse(end_time)];
}

test('a page asks the same, and so keeps its stream, when a minute, an hour or a day has passed', () => {
  for (const choice of [...CHOICES, CUSTOM])
    for (const comparison of COMPARED)
      for (const later of ['2026-10-14T09:31:00Z', '2026-10-14T10:00:00Z', '2026-10-14T22:00:00Z'])
        expect(queriesAt(choice, at(later), comparison)).toEqual(queriesAt(choice, NOW, comparison));
});

test('the server resolves what a page asks to the dates that the page says, also when clocks change', () => {
  const spans = ({ startMs, endMs, previous, previousEndMs }: Range) => ({
    total: [startMs, endMs],
    series: [startMs, endMs],
    os: [startMs, endMs],
    previousTotal: [previous.startMs, previous.endMs],
    previousSeries: [previous.startMs, previousEndMs],
  });
  for (const now of NOWS.map(at))
    for (const choice of [...CHOICES, CUSTOM])
      for (const comparison of COMPARED.slice(1)) {
        const { range, questions } = questionsAt(choice, now, comparison);
        const resolved = Object.entries(questions).map(([name, one]) => [
          name,
          one && spanAt(toQuery(one), now),
        ]);
        expect(Object.fromEntries(resolved)).toEqual(spans(range));
      }
});
