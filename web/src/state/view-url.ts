import { FILTER_NAMES, type Filters } from '../lib/filters.js';
import { isPreset, PRESET_DEFAULT, type RangeChoice } from '../lib/range.js';

/** The query string of a view, `''` or with its `?`. Times are written in UTC, so that a link means the same anywhere. */
export function toSearch({ choice, filters }: { choice: RangeChoice; filters: Filters }): string {
  const query = new URLSearchParams();
  if (choice.preset !== PRESET_DEFAULT) query.set('range', choice.preset);
  if (choice.preset === 'custom') {
    query.set('from', new Date(choice.fromMs).toISOString());
    query.set('to', new Date(choice.toMs).toISOString());
  }
  for (const name of FILTER_NAMES) {
    const value = filters[name];
    if (value !== undefined) query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The view a query string describes; whatever it has wrong falls back to the default. */
export function fromSearch(search: string): { choice: RangeChoice; filters: Filters } {
  const query = new URLSearchParams(search);
  const filters: Filters = {};
  for (const name of FILTER_NAMES) {
    const value = query.get(name);
    if (value !== null) filters[name] = value;
  }
  const preset = query.get('range');
  if (preset === 'custom') {
    const fromMs = Date.parse(query.get('from') ?? '');
    const toMs = Date.parse(query.get('to') ?? '');
    if (fromMs < toMs) return { choice: { preset, fromMs, toMs }, filters };
  } else if (preset !== null && isPreset(preset)) return { choice: { preset }, filters };
  return { choice: { preset: PRESET_DEFAULT }, filters };
}
