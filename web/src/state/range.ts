import { useMemo, useRef } from 'react';
import { type Range, resolveRange } from '../lib/range.js';
import { useNow } from './now.js';
import { useView } from './view.js';

/** The range of the view now; the same object until a bucket (or, for what it is compared with, a minute) has passed. */
export function useRange(): Range {
  const { choice, zone, granularity, compare } = useView();
  const now = useNow();
  const last = useRef<Range>(null);
  return useMemo(() => {
    const range = resolveRange(choice, now, zone, granularity, compare);
    if (last.current && JSON.stringify(range) === JSON.stringify(last.current)) return last.current;
    last.current = range;
    return range;
  }, [choice, zone, granularity, compare, now]);
}
