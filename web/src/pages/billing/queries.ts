import type { PeriodReply } from '@clickledger/contract';
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { call, pathOf } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';

/** Counting millions of clicks again takes its time. */
const COUNT_MS_MAX = 15 * 60_000;

export const useMonths = () =>
  useQuery({
    queryKey: ['billing', 'months'],
    queryFn: ({ signal }) => call('GET /api/v1/billing/periods', { signal }),
    refetchInterval: 12 * POLL_MS,
  });

/** Advertisers of a month that are shown at first, and with each "Show more". */
const ADVERTISERS_A_PAGE = 200;

/** A page of a month's bills: those of the advertisers after this one, in the order of their ids. */
export const monthPage = (period: string, limit: number, after: string | null) => ({
  params: { period },
  query: after === null ? { limit } : { limit, after },
});

/** A month's bills, with the advertisers of every page that was asked for; those of an open month are followed. */
export const useMonth = (period: string | undefined) =>
  useInfiniteQuery({
    queryKey: ['billing', 'month', period],
    queryFn: ({ signal, pageParam }) =>
      call('GET /api/v1/billing/periods/:period', {
        ...monthPage(period ?? '', ADVERTISERS_A_PAGE, pageParam),
        signal,
      }),
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
      call('GET /api/v1/billing/statements', {
        query: older ? { limit: 20, before: older } : { limit: 20 },
        signal,
      }),
    placeholderData: keepPreviousData,
  });

export function useCloseMonth() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (period: string) =>
      call('POST /api/v1/billing/periods/:period/close', { params: { period }, timeoutMs: COUNT_MS_MAX }),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['billing'] }),
        client.invalidateQueries({ queryKey: ['settings'] }),
      ]),
  });
}

export const statementFile = (statementId: number) =>
  pathOf('GET /api/v1/billing/statements/:statement_id/statement.csv', {
    params: { statement_id: statementId },
  });

export const fetchStatement = (statementId: number) =>
  call('GET /api/v1/billing/statements/:statement_id', { params: { statement_id: statementId } });

/** Counts a statement again. */
export const useVerify = () =>
  useMutation({
    mutationFn: (statementId: number) =>
      call('GET /api/v1/billing/statements/:statement_id/verify', {
        params: { statement_id: statementId },
        timeoutMs: COUNT_MS_MAX,
      }),
  });
