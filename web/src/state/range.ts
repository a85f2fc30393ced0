import { useMemo, useRef } from 'react';
import { type Range, resolveRange } from '../lib/range.js';
import { useNow } from './now.js';
import { useView } from './view.js';

/** The range of the view now; the same object until a bucket (or, for what it is compared with, a minute) has passed. */
export function useRange(): Range {
  const { choice, zone, granularity, compare } = useView();
  const now = useNow();
  return useKept(
    useMemo(
      () => resolveRange(choice, now, zone, granularity, compare),
      [choice, zone, granularity, compare, now],
    ),
  );
}

/** The same object for as long as it says the same. */
export function useKept<T>(value: T): T {
  const kept = useRef(value);
  if (JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
}
