import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { explain } from '../api/http.js';
import { formatClock } from '../lib/format.js';

interface PanelProps<T> {
  title: ReactNode;
  /** Controls at the right of the title. */
  actions?: ReactNode;
  query: UseQueryResult<T>;
  skeleton: ReactNode;
  testId: string;
  children: (data: T) => ReactNode;
}

/** A card that shows the answer of a query, or that it is loading, stale or failed. */
export function Panel<T>({ title, actions, query, skeleton, testId, children }: PanelProps<T>) {
  return (
    <section className="card min-w-0 p-4 sm:p-5" data-testid={testId} aria-busy={isBusy(query)}>
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        {typeof title === 'string' ? <h2 className="font-semibold">{title}</h2> : title}
        <StaleNotice query={query} />
        {actions && <div className="sm:ml-auto">{actions}</div>}
      </div>
      <QueryBody query={query} skeleton={skeleton}>
        {children}
      </QueryBody>
    </section>
  );
}

/** Whether what is on screen does not belong to the chosen view yet. */
export const isBusy = (query: UseQueryResult<unknown>): boolean => query.isPending || query.isPlaceholderData;

/** The answer of a query, dimmed while it is that of the last view; its skeleton; or its error. */
export function QueryBody<T>({
  query,
  skeleton,
  children,
}: Pick<PanelProps<T>, 'query' | 'skeleton' | 'children'>) {
  if (query.data !== undefined)
    return (
      <div
        className={
          query.isPlaceholderData ? 'opacity-50 motion-safe:transition-opacity motion-safe:delay-150' : ''
        }
      >
        {children(query.data)}
      </div>
    );
  if (query.isError) return <PanelError query={query} />;
  return skeleton;
}

function PanelError({ query }: { query: UseQueryResult<unknown> }) {
  const { title, hint } = explain(query.error);
  return (
    <div
      role="alert"
      data-testid="panel-error"
      className="card flex flex-wrap items-center justify-between gap-3 p-4 text-sm"
    >
      <div className="min-w-48 flex-1">
        <p className="font-semibold text-crit">{title}</p>
        <p className="mt-0.5 text-muted">{hint}</p>
      </div>
      <button type="button" className="button" disabled={query.isFetching} onClick={() => query.refetch()}>
        Retry
      </button>
    </div>
  );
}

/** Since when the shown answer has not been refreshed, once a refresh failed. */
export function StaleNotice({ query }: { query: UseQueryResult<unknown> }) {
  if (!query.isRefetchError && !(query.isError && query.data !== undefined)) return null;
  const { title, hint } = explain(query.error);
  return (
    <p
      data-testid="stale-notice"
      className="flex items-center gap-2 rounded-full bg-warn-soft px-2.5 py-0.5 text-xs font-medium text-warn"
      title={`${title}. ${hint}`}
    >
      Stale since {formatClock(query.dataUpdatedAt)}
      <button type="button" className="underline" onClick={() => query.refetch()}>
        Retry
      </button>
    </p>
  );
}

/** A grey block in the place of something that loads. */
export function Skeleton({ className }: { className: string }) {
  return <div aria-hidden="true" className={`motion-safe:animate-pulse rounded-md bg-sunken ${className}`} />;
}

/** As many grey lines as a list will have. */
export function SkeletonRows({ count }: { count: number }) {
  return (
    <div className="space-y-2.5" role="status" aria-label="Loading">
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} className="h-7" />
      ))}
    </div>
  );
}
