import type { SettingsChange } from '@clickledger/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useCurrency } from '../state/currency.js';
import { call } from './http.js';

const STALE_MS = 60_000;

/** The account's settings. */
export const useSettings = () =>
  useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => call('GET /api/v1/admin/settings', { signal }),
    staleTime: STALE_MS,
    refetchInterval: STALE_MS,
  });

export function useChangeSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: SettingsChange) => call('PATCH /api/v1/admin/settings', { body: change }),
    onSuccess: (settings) => client.setQueryData(['settings'], settings),
    onSettled: () => client.invalidateQueries({ queryKey: ['billing'] }),
  });
}

/** Where the account's days begin, for budgets as for bills; undefined until it is known. */
export const useBillingZone = (): string | undefined => useSettings().data?.billing_zone;

/** Writes every amount in the account's currency. Returns it. */
export function useAccountCurrency(): string {
  const given = useSettings().data?.currency;
  const { currency, setCurrency } = useCurrency();
  useEffect(() => {
    if (given && given !== currency) setCurrency(given);
  }, [given, currency, setCurrency]);
  return currency;
}
