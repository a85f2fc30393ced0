import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useMembers } from '../../api/access.js';
import { call } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';
import { saveFile } from '../../export/save.js';
import { cn } from '../../lib/cn.js';
import { datesOf } from '../../lib/dates.js';
import { serverNow } from '../../state/now.js';
import { useChangeSearch, useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { FormError } from '../../ui/FormError.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { AuditFilters } from './AuditFilters.js';
import { AuditList } from './AuditList.js';
import { AUDIT_FILTERS, type AuditSearch, auditParams } from './audit-query.js';
import { auditCsv, readAll } from './export-audit.js';

const PAGE_ROWS = 50;
const never = new AbortController().signal;

/** Who changed what, newest first. */
export function AuditPage() {
  const { zone } = useView();
  const search = useSearch({ strict: false }) as AuditSearch;
  const change = useChangeSearch();
  const query = auditParams(search, zone, PAGE_ROWS).toString();
  const log = useQuery({
    queryKey: ['audit', query],
    queryFn: ({ signal }) => call('GET /api/v1/admin/audit', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: search.older ? false : POLL_MS,
  });
  const members = useMembers();
  const save = useMutation({
    mutationFn: async () => {
      const { older: _, ...whole } = search;
      const day = new Date(serverNow()).toISOString().slice(0, 10);
      const csv = auditCsv(await readAll(whole, zone, never), zone);
      saveFile(`clickledger-audit-log-${day}.csv`, csv, 'text/csv;charset=utf-8');
    },
  });
  const narrow = (name: string, value: string) => change({ [name]: value || undefined, older: undefined });
  const isNarrowed = AUDIT_FILTERS.some((name) => search[name]);
  const entries = log.data?.data ?? [];
  const people = [
    ...(members.data?.data ?? []).map(({ email }) => email),
    ...entries.map(({ actor }) => actor),
  ];
  if (search.actor) people.push(search.actor);
  const next = log.data?.next_before;
  return (
    <>
      <PageHeader title="Audit log">
        <Button data-testid="audit-export" disabled={save.isPending} onClick={() => save.mutate()}>
          <Download aria-hidden="true" />
          {save.isPending ? 'Exporting…' : 'Export CSV'}
        </Button>
      </PageHeader>
      <section className="card p-4" aria-label="Changes">
        <p className="mb-3 max-w-prose text-sm text-muted">
          Every change to prices, budgets, rules, lists, keys, members, and bills. Entries cannot be edited or
          deleted. Times are in {zoneText(zone)}.
        </p>
        <div className="mb-2 flex flex-wrap items-center gap-2">
          <AuditFilters search={search} people={[...new Set(people)].sort()} onNarrow={narrow} />
          {search.subject && (
            <Button
              aria-label={`Remove filter: ${search.subject}`}
              data-testid="audit-subject"
              onClick={() => narrow('subject', '')}
            >
              <span className="max-w-48 truncate" title={search.subject}>
                {search.subject}
              </span>{' '}
              ×
            </Button>
          )}
        </div>
        <FormError error={save.error} />
        {log.isError && <ErrorNote error={log.error} what="Audit log" retry={() => void log.refetch()} />}
        {!log.data && !log.isError && <SkeletonRows count={10} />}
        {log.data && (
          <div
            className={cn('transition-opacity', log.isPlaceholderData && 'opacity-55 delay-150')}
            aria-busy={log.isPlaceholderData}
          >
            {entries.length === 0 ? (
              <p className="py-10 text-center text-sm text-muted" data-testid="audit-empty">
                {isNarrowed || search.older ? 'No matching changes.' : 'No changes yet.'}
              </p>
            ) : (
              <AuditList entries={entries} zone={zone} onNarrow={narrow} />
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

/** A zone's name with its offset or letters, unless the name is those already. */
function zoneText(zone: string): string {
  const letters = datesOf(zone).zoneName(serverNow());
  return letters === zone ? zone : `${zone.replaceAll('_', ' ')} (${letters})`;
}
