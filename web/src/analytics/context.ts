import type { AggregateReply, Span } from '@clickledger/contract';
import type { Answer } from '../api/answers.js';
import type { Filter } from '../lib/filters.js';
import type { Range } from '../lib/range.js';
import type { View } from '../state/search.js';

/** What the shown answers are about; while a new view loads, that is still the last one. */
export interface ShownContext {
  view: View;
  range: Range;
  /** Those of the page and of the view. */
  filters: readonly Filter[];
  /** Conversions were asked for. */
  hasConversions: boolean;
}

/** The answers of a page, by the name of the question. */
export type PageAnswers = Partial<Record<string, Answer>>;

const spanOf = ({ start_time, end_time }: AggregateReply): Span => ({
  startMs: Date.parse(start_time),
  endMs: Date.parse(end_time),
});

/** The range as the answers name it: the server resolved it, perhaps before its clock or this one went on to the next bucket. */
export function answeredRange(range: Range, answers: PageAnswers): Range {
  const [series, total, before] = [answers.series, answers.previousTotal, answers.previousSeries];
  return {
    ...range,
    ...(series?.reply && spanOf(series.reply)),
    previous: total?.reply ? spanOf(total.reply) : range.previous,
    previousEndMs: before?.reply ? spanOf(before.reply).endMs : range.previousEndMs,
  };
}
