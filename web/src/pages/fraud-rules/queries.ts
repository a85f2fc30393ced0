import type { BacktestInput, ListEntryInput, RuleSettings } from '@clickledger/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, call } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';

export const useRules = () =>
  useQuery({
    queryKey: ['fraud-rules'],
    queryFn: ({ signal }) => call('GET /api/v1/fraud/rules', { signal }),
  });
export const useRuleVersions = () =>
  useQuery({
    queryKey: ['fraud-rules', 'versions'],
    queryFn: ({ signal }) => call('GET /api/v1/fraud/rules/versions', { signal }),
  });
export const useRuns = () =>
  useQuery({
    queryKey: ['fraud-runs'],
    queryFn: ({ signal }) => call('GET /api/v1/fraud/runs', { signal }),
    refetchInterval: POLL_MS,
  });

/** Saves changed rules, and reads what is in force. */
export function useSaveRules() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: Partial<RuleSettings> & { note: string }) =>
      call('PUT /api/v1/fraud/rules', { body: change }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['fraud-rules'] }),
  });
}

/** Asks what a change would have flagged. */
export const useBacktest = () =>
  useMutation({
    mutationFn: (input: BacktestInput) => call('POST /api/v1/fraud/rules/backtest', { body: input }),
  });

export const useListEntries = () =>
  useQuery({
    queryKey: ['fraud-lists'],
    queryFn: ({ signal }) => call('GET /api/v1/fraud/lists', { signal }),
  });

export function useAddEntry() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (entry: ListEntryInput) => call('POST /api/v1/fraud/lists', { body: entry }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['fraud-lists'] }),
  });
}

/** Asks how many clicks of the last days an entry would have matched. */
export const usePreviewEntry = () =>
  useMutation({
    mutationFn: (entry: Pick<ListEntryInput, 'kind' | 'value'>) =>
      call('POST /api/v1/fraud/lists/preview', { body: entry }),
  });

export function useRemoveEntry() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (entryId: number) =>
      call('DELETE /api/v1/fraud/lists/:entry_id', { params: { entry_id: entryId } }).catch(
        (error: unknown) => {
          // One that is gone already is what was asked for.
          if (!(error instanceof ApiError && error.status === 404)) throw error;
        },
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['fraud-lists'] }),
  });
}

export const useAlerts = () =>
  useQuery({
    queryKey: ['alerts'],
    queryFn: ({ signal }) => call('GET /api/v1/alerts', { query: { limit: 50 }, signal }),
    refetchInterval: POLL_MS,
  });
export const useWebhook = () =>
  useQuery({
    queryKey: ['webhook'],
    queryFn: ({ signal }) => call('GET /api/v1/alerts/webhook', { signal }),
  });

export function useSaveWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (url: string | null) => call('PUT /api/v1/alerts/webhook', { body: { url } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['webhook'] }),
  });
}
