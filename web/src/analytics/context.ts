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
}

/** The answers of a page, by the name of the question. */
export type PageAnswers = Partial<Record<string, Answer>>;
