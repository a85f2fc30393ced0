import type {
  PeriodReply,
  PeriodsReply,
  StatementReply,
  StatementsReply,
  VerifyReply,
} from '@clickledger/contract';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, request, toApiError } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';

const BILLING = '/api/v1/billing';
/** Counting millions of clicks anew takes its time. */
const COUNT_MS_MAX = 15 * 60_000;
const never = new AbortController().signal;

export const useMonths = () =>
  useQuery({
    queryKey: ['billing', 'months'],
    queryFn: ({ signal }) => getJson<PeriodsReply>(`${BILLING}/periods`, signal),
    refetchInterval: 12 * POLL_MS,
  });

/** A month's bills; those of an open month are followed. */
export const useMonth = (period: string | undefined) =>
  useQuery({
    queryKey: ['billing', 'month', period],
    queryFn: ({ signal }) => getJson<PeriodReply>(`${BILLING}/periods/${period}`, signal),
    enabled: period !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.state === 'closed' ? false : 2 * POLL_MS),
  });

export const useStatements = (older: string | undefined) =>
  useQuery({
    queryKey: ['billing', 'statements', older],
    queryFn: ({ signal }) =>
      getJson<StatementsReply>(`${BILLING}/statements?limit=20${older ? `&before=${older}` : ''}`, signal),
    placeholderData: keepPreviousData,
  });

export function useCloseMonth() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (period: string) => {
      const response = await request(`${BILLING}/periods/${period}/close`, {
        method: 'POST',
        timeoutMs: COUNT_MS_MAX,
      });
      if (!response.ok) throw await toApiError(response);
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['billing'] }),
        client.invalidateQueries({ queryKey: ['settings'] }),
      ]),
  });
}

export const statementFile = (statementId: number) => `${BILLING}/statements/${statementId}/statement.csv`;

export const fetchStatement = (statementId: number) =>
  getJson<StatementReply>(`${BILLING}/statements/${statementId}`, never);

/** Counts a statement anew. */
export const useVerify = () =>
  useMutation({
    mutationFn: async (statementId: number) => {
      const response = await request(`${BILLING}/statements/${statementId}/verify`, {
        timeoutMs: COUNT_MS_MAX,
      });
      if (!response.ok) throw await toApiError(response);
      return (await response.json()) as VerifyReply;
    },
  });
