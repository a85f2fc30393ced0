import { useQuery } from '@tanstack/react-query';
import { create } from 'zustand';
import { useMay } from '../app/may.js';
import { shownMode } from '../state/test-data.js';
import { useMe } from './access.js';
import { ask } from './ask.js';
import { call } from './http.js';
import { CONVERSIONS, toQuery } from './questions.js';

/** An account that has none is asked again after so long, in milliseconds. */
const STALE_MS = 120_000;
const STORED_AS = 'clickledger.conversions';

function stored(): readonly string[] {
  try {
    return (localStorage.getItem(STORED_AS) ?? '').split(' ').filter((one) => one !== '');
  } catch {
    return []; // storage is forbidden
  }
}

/** Accounts, each with its data, that are known to have conversions: theirs never go away. */
const useKnown = create<{ known: readonly string[]; add: (name: string) => void }>((set) => ({
  known: stored(),
  add: (name) =>
    set(({ known }) => {
      const next = [...new Set([...known, name])];
      try {
        localStorage.setItem(STORED_AS, next.join(' '));
      } catch {
        // Asked again at the next visit.
      }
      return { known: next };
    }),
}));

/** For advertisers, who are told nothing of actions. */
const LAST_YEAR = {
  asked: 'last_12mo',
  granularity: 'total',
  zone: 'UTC',
  filters: [],
  metrics: CONVERSIONS,
} as const;

/**
 * Whether the account has conversions, or has set up an action for them. Pages of one that has none have no figures of them; false
 * until it is known.
 */
export function useHasConversions(): boolean {
  const tenant = useMe().data?.member?.tenant.slug ?? '';
  const name = `${tenant}/${shownMode()}`;
  const { known, add } = useKnown();
  const isKnown = known.includes(name);
  const mayReadActions = useMay('GET /api/v1/conversion-actions');
  useQuery({
    enabled: !isKnown,
    queryKey: ['has-conversions', name],
    queryFn: async ({ signal }) => {
      const has = mayReadActions ? await hasAction(signal) : await hasConversion(signal);
      if (has) add(name);
      return has;
    },
    staleTime: STALE_MS,
    refetchInterval: STALE_MS,
  });
  return isKnown;
}

const hasAction = async (signal: AbortSignal): Promise<boolean> =>
  (await call('GET /api/v1/conversion-actions', { query: { limit: 1 }, signal })).data.length > 0;

const hasConversion = async (signal: AbortSignal): Promise<boolean> =>
  (await ask(toQuery(LAST_YEAR), signal)).data.some(({ conversions }) => (conversions ?? 0) > 0);
