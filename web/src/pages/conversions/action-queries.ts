import type { ConversionAction, ConversionActionChange } from '@clickledger/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/http.js';
import { useMay } from '../../app/may.js';

const STALE_MS = 30_000;

/** The account's conversion actions. */
export const useConversionActions = () =>
  useQuery({
    enabled: useMay('GET /api/v1/conversion-actions'),
    queryKey: ['conversion-actions'],
    queryFn: ({ signal }) => call('GET /api/v1/conversion-actions', { signal }),
    staleTime: STALE_MS,
    refetchInterval: STALE_MS,
  });

/** Changes an action, or sets up a new one: null. */
export function useSaveAction(action: ConversionAction | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, change }: { name: string; change: ConversionActionChange }) =>
      action
        ? call('PATCH /api/v1/conversion-actions/:action', {
            params: { action: action.action },
            body: change,
          })
        : call('PUT /api/v1/conversion-actions/:action', { params: { action: name }, body: change }),
    onSettled: () => client.invalidateQueries({ queryKey: ['conversion-actions'] }),
  });
}
