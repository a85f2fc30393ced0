import type { AuditReply } from '@clickledger/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { getJson } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';
import { cn } from '../../lib/cn.js';
import { useRange } from '../../state/range.js';
import { useChangeSearch } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { AuditList } from './AuditList.js';
import { KIND_LABELS } from './words.js';

const PAGE_ROWS = 50;
const FILTERS = ['kind', 'actor', 'subject'] as const;

/** Who changed what, newest first. */
export function AuditPage() {
  const { zone } = useRange();
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const change = useChangeSearch();
  const params = new URLSearchParams({ limit: String(PAGE_ROWS) });
  for (const name of FILTERS) if (search[name]) params.set(name, search[name]);
  if (search.older) params.set('before', search.older);
  const query = params.toString();
  const log = useQuery({
    queryKey: ['audit', query],
    queryFn: ({ signal }) => getJson<AuditReply>(`/api/v1/admin/audit?${query}`, signal),
    placeholderData: keepPreviousData,
    refetchInterval: search.older ? false : POLL_MS,
  });
  const narrow = (name: string, value: string) => change({ [name]: value || undefined, older: undefined });
  const isNarrowed = FILTERS.some((name) => search[name]);
  const next = log.data?.next_before;
  return (
    <>
      <PageHeader title="Audit log" />
      <section className="card p-4" aria-label="Changes">
        <p className="mb-3 max-w-prose text-sm text-muted">
          Every change to prices, budgets, rules, lists, keys, members and bills. An entry is written together
          with its change, and can neither be edited nor deleted.
        </p>
        <div className="mb-2 flex flex-wrap items-center gap-2">
          <select
            className="control"
            aria-label="Kind"
            data-testid="audit-kind"
            value={search.kind ?? ''}
            onChange={({ target }) => narrow('kind', target.value)}
          >
            <option value="">Everything</option>
            {KIND_LABELS.map(([kind, label]) => (
              <option key={kind} value={kind}>
                {label}
              </option>
            ))}
          </select>
          {(['actor', 'subject'] as const).map(
            (name) =>
              search[name] && (
                <Button key={name} onClick={() => narrow(name, '')} aria-label={`Not only ${search[name]}`}>
                  {name === 'actor' ? 'by ' : 'of '}
                  <span className="max-w-48 truncate">{search[name]}</span> ×
                </Button>
              ),
          )}
        </div>
        {log.isError && <ErrorNote error={log.error} what="Audit log" retry={() => void log.refetch()} />}
        {!log.data && !log.isError && <SkeletonRows count={10} />}
        {log.data && (
          <div
            className={cn('transition-opacity', log.isPlaceholderData && 'opacity-55 delay-150')}
            aria-busy={log.isPlaceholderData}
          >
            {log.data.data.length === 0 ? (
              <p className="py-10 text-center text-sm text-muted" data-testid="audit-empty">
                {isNarrowed || search.older
                  ? 'Nothing more was changed that matches.'
                  : 'Nothing was changed yet. A change of a price, a rule or a list will be the first entry.'}
              </p>
            ) : (
              <AuditList entries={log.data.data} zone={zone} onNarrow={narrow} />
            )}
          </div>
        )}
        <div className="mt-3 flex justify-end gap-2">
          {search.older && <Button onClick={() => change({ older: undefined })}>Newest</Button>}
          <Button
            data-testid="audit-older"
            disabled={!next || log.isPlaceholderData}
            onClick={() => next && change({ older: String(next) })}
          >
            Older
          </Button>
        </div>
      </section>
    </>
  );
}
