import type {
  AlertsReply,
  BacktestInput,
  BacktestReply,
  ListEntriesReply,
  ListEntryInput,
  ListPreviewReply,
  RuleSettings,
  RulesReply,
  RuleVersionsReply,
  RunsReply,
  WebhookReply,
} from '@clickledger/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, request, sendJson, toApiError } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';

const RULES = '/api/v1/fraud/rules';
const LISTS = '/api/v1/fraud/lists';
const HOOK = '/api/v1/alerts/webhook';

export const useRules = () =>
  useQuery({ queryKey: ['fraud-rules'], queryFn: ({ signal }) => getJson<RulesReply>(RULES, signal) });
export const useRuleVersions = () =>
  useQuery({
    queryKey: ['fraud-rules', 'versions'],
    queryFn: ({ signal }) => getJson<RuleVersionsReply>(`${RULES}/versions`, signal),
  });
export const useRuns = () =>
  useQuery({
    queryKey: ['fraud-runs'],
    queryFn: ({ signal }) => getJson<RunsReply>('/api/v1/fraud/runs', signal),
    refetchInterval: POLL_MS,
  });

/** Saves changed rules, and reads what is in force. */
export function useSaveRules() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: Partial<RuleSettings> & { note: string }) =>
      sendJson<RulesReply>('PUT', RULES, change),
    onSuccess: () => client.invalidateQueries({ queryKey: ['fraud-rules'] }),
  });
}

/** Asks what a change would have flagged. */
export const useBacktest = () =>
  useMutation({
    mutationFn: (input: BacktestInput) => sendJson<BacktestReply>('POST', `${RULES}/backtest`, input),
  });

export const useListEntries = () =>
  useQuery({ queryKey: ['fraud-lists'], queryFn: ({ signal }) => getJson<ListEntriesReply>(LISTS, signal) });

export function useAddEntry() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (entry: ListEntryInput) => sendJson('POST', LISTS, entry),
    onSuccess: () => client.invalidateQueries({ queryKey: ['fraud-lists'] }),
  });
}

/** Asks how many clicks of the last days an entry would have matched. */
export const usePreviewEntry = () =>
  useMutation({
    mutationFn: (entry: Pick<ListEntryInput, 'kind' | 'value'>) =>
      sendJson<ListPreviewReply>('POST', `${LISTS}/preview`, entry),
  });

export function useRemoveEntry() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (entryId: number) => {
      const response = await request(`${LISTS}/${entryId}`, { method: 'DELETE' });
      // One that is gone already is what was asked for.
      if (!response.ok && response.status !== 404) throw await toApiError(response);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['fraud-lists'] }),
  });
}

export const useAlerts = () =>
  useQuery({
    queryKey: ['alerts'],
    queryFn: ({ signal }) => getJson<AlertsReply>('/api/v1/alerts?limit=50', signal),
    refetchInterval: POLL_MS,
  });
export const useWebhook = () =>
  useQuery({
    queryKey: ['webhook'],
    queryFn: ({ signal }) => getJson<WebhookReply>(HOOK, signal),
  });

export function useSaveWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (url: string | null) => sendJson<WebhookReply>('PUT', HOOK, { url }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['webhook'] }),
  });
}
