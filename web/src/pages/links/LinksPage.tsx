import { LIMITS, type Link } from '@clickledger/contract';
import { useNavigate } from '@tanstack/react-router';
import { Download, Plus, Upload } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Toolbar } from '../../analytics/Toolbar.js';
import { useAnswers } from '../../api/answers.js';
import { useHasConversions } from '../../api/conversions.js';
import { CONVERSIONS, figuresOf, groupOf, type Question } from '../../api/questions.js';
import { useMay } from '../../app/may.js';
import { cn } from '../../lib/cn.js';
import { serverNow } from '../../state/now.js';
import { useRange } from '../../state/range.js';
import { keepView } from '../../state/search.js';
import { withMode } from '../../state/test-data.js';
import { useChangeSearch, useSearchText, useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { SearchInput } from '../../ui/SearchInput.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { ImportLinks } from './ImportLinks.js';
import { LinkForm } from './LinkForm.js';
import { STATE_LABELS } from './LinkStatus.js';
import { LinkTable, SORT_DEFAULT } from './LinkTable.js';
import { useLinks } from './link-queries.js';
import { linkRows } from './link-rows.js';
import type { LinkState } from './link-url.js';
import { NoLinks } from './NoLinks.js';

/** Every tracking link: found, created, copied. */
export function LinksPage() {
  const search = useSearchText('q') ?? '';
  const sort = useSearchText('sort') ?? SORT_DEFAULT;
  const state = (useSearchText('state') ?? '') as LinkState | '';
  const change = useChangeSearch();
  const navigate = useNavigate();
  const links = useLinks(search);
  const mayCreate = useMay('POST /api/v1/links');
  const mayExport = useMay('GET /api/v1/export/links.csv');
  const [opened, setOpened] = useState<'new' | 'import' | null>(null);
  const all = links.data?.data;
  const hasConversions = useHasConversions();
  const { figuresById, answers } = useLinkFigures(hasConversions);
  const rows = useMemo(
    () => linkRows(all ?? [], figuresById, { state, sort, nowMs: serverNow() }),
    [all, figuresById, state, sort],
  );
  const open = ({ link_id: linkId }: Link) =>
    void navigate({ to: '/links/$linkId', params: { linkId }, search: keepView } as never);
  const isNarrowed = search !== '' || state !== '';

  return (
    <>
      <PageHeader title="Links">
        <Toolbar rangeOnly />
        {mayCreate && (
          <Button kind="primary" data-testid="new-link" onClick={() => setOpened('new')}>
            <Plus aria-hidden="true" />
            Create link
          </Button>
        )}
      </PageHeader>
      <section className="card p-4" aria-label="Links">
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <SearchInput
            label="Search links"
            placeholder="Name, slug, or destination"
            testId="link-search"
            value={search}
            onChange={(q) => change({ q: q || undefined }, { replace: true })}
          />
          <select
            className="control"
            aria-label="Status"
            data-testid="link-state"
            value={state}
            onChange={({ target }) => change({ state: target.value || undefined }, { replace: true })}
          >
            <option value="">All statuses</option>
            {Object.entries(STATE_LABELS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          <span className="ml-auto flex items-center gap-1">
            {mayCreate && (
              <Button kind="quiet" data-testid="import-links" onClick={() => setOpened('import')}>
                <Upload aria-hidden="true" />
                Import
              </Button>
            )}
            {mayExport && (
              <a
                href={withMode('/api/v1/export/links.csv')}
                download
                data-testid="export-links"
                title="All links as CSV"
                className="inline-flex h-8 items-center gap-1.5 rounded-md px-3 text-sm font-medium text-muted hover:bg-sunken hover:text-ink [&_svg]:size-4"
              >
                <Download aria-hidden="true" />
                Export
              </a>
            )}
          </span>
        </div>
        {links.isError && <ErrorNote error={links.error} what="Links" retry={() => void links.refetch()} />}
        {answers.links?.error && (
          <ErrorNote error={answers.links.error} what="Clicks of links" retry={answers.links.retry} />
        )}
        {links.isPending && <SkeletonRows count={8} />}
        {all && (
          <div
            className={cn('transition-opacity', links.isPlaceholderData && 'opacity-55 delay-150')}
            aria-busy={links.isPlaceholderData}
          >
            {rows.length > 0 ? (
              <LinkTable rows={rows} hasConversions={hasConversions} />
            ) : (
              <NoLinks
                isNarrowed={isNarrowed}
                onClear={() => change({ q: undefined, state: undefined })}
                onCreate={mayCreate ? () => setOpened('new') : null}
              />
            )}
            {links.data?.next_after && (
              <p className="mt-3 text-xs text-muted">
                The newest {LIMITS.linksPageMax.toLocaleString()} links are shown. Search to find older ones.
              </p>
            )}
          </div>
        )}
      </section>
      <Dialog
        title="Create link"
        open={opened === 'new'}
        onClose={() => setOpened(null)}
        className="w-[min(48rem,calc(100vw-2rem))]"
        testId="new-link-dialog"
      >
        <LinkForm link={null} onSaved={open} onCancel={() => setOpened(null)} />
      </Dialog>
      <Dialog
        title="Import links"
        open={opened === 'import'}
        onClose={() => setOpened(null)}
        testId="import-links-dialog"
      >
        <ImportLinks onDone={() => setOpened(null)} />
      </Dialog>
    </>
  );
}

/** The figures of links in the range of the view, by the ID of the link. */
function useLinkFigures(hasConversions: boolean) {
  const view = useView();
  const { asked, granularity, zone } = useRange();
  const question: Question = {
    asked,
    align: granularity,
    zone,
    filters: [],
    granularity: 'total',
    groupBy: 'link_id',
    limit: LIMITS.linksPageMax,
    ...(hasConversions && { metrics: CONVERSIONS }),
  };
  const { answers } = useAnswers(JSON.stringify([view.choice, view.zone, hasConversions]), null, {
    links: question,
  });
  const rows = answers.links?.reply?.data;
  const figuresById = useMemo(
    () => new Map((rows ?? []).map((row) => [groupOf(row, 'link_id') ?? '', figuresOf(row)])),
    [rows],
  );
  return { figuresById, answers };
}
