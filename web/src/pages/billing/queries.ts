import type {
  PeriodReply,
  PeriodsReply,
  StatementReply,
  StatementsReply,
  VerifyReply,
} from '@clickledger/contract';
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
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

/** Advertisers of a month that are shown at first, and with each "Show more". */
const ADVERTISERS_A_PAGE = 200;

/** Where a page of a month's bills is asked: those of the advertisers after this one, in the order of their ids. */
export function monthPath(period: string, limit: number, after: string | null): string {
  const place = after === null ? '' : `&after=${encodeURIComponent(after)}`;
  return `${BILLING}/periods/${period}?limit=${limit}${place}`;
}

/** A month's bills, with the advertisers of every page that was asked for; those of an open month are followed. */
export const useMonth = (period: string | undefined) =>
  useInfiniteQuery({
    queryKey: ['billing', 'month', period],
    queryFn: ({ signal, pageParam }) =>
      getJson<PeriodReply>(monthPath(period ?? '', ADVERTISERS_A_PAGE, pageParam), signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_after }) => next_after,
    select: ({ pages }): PeriodReply => {
      const newest = pages.at(-1) as PeriodReply;
      return { ...newest, advertisers: pages.flatMap(({ advertisers }) => advertisers) };
    },
    enabled: period !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.state === 'closed' ? false : 2 * POLL_MS),
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
