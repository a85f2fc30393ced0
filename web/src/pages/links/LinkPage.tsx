import type { Link as TrackingLink } from '@clickledger/contract';
import { useParams } from '@tanstack/react-router';
import { FlaskConical, Pencil, QrCode } from 'lucide-react';
import { lazy, useState } from 'react';
import { AnalyticsView } from '../../analytics/AnalyticsView.js';
import { FilterChips } from '../../analytics/FilterChips.js';
import { Toolbar } from '../../analytics/Toolbar.js';
import { call } from '../../api/http.js';
import { useMay } from '../../app/may.js';
import { isUuid } from '../../lib/filters.js';
import { loadAgain } from '../../lib/load-again.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { Dialog } from '../../ui/Dialog.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Late } from '../../ui/Late.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Skeleton } from '../../ui/Skeleton.js';
import { ChangeHistory } from '../audit/ChangeHistory.js';
import { isUnknown } from '../campaigns/UnknownEntity.js';
import { BackToLinks } from './BackToLinks.js';
import { LinkClicks } from './LinkClicks.js';
import { LinkFacts } from './LinkFacts.js';
import { LinkForm } from './LinkForm.js';
import { LinkTest } from './LinkTest.js';
import { useLink } from './link-queries.js';
import { linkName, linkUrl } from './link-url.js';

const QrPicture = lazy(() => loadAgain(() => import('./QrPicture.js')));

/** One tracking link: what it is, where it leads, and who changed it. */
export function LinkPage() {
  const { linkId } = useParams({ strict: false }) as { linkId: string };
  const { data: link, error, isPending, refetch } = useLink(linkId);
  const mayReadHistory = useMay('GET /api/v1/links/:link_id/changes');
  if (isUnknown(error) || !isUuid(linkId))
    return (
      <>
        <PageHeader title="No link with this ID" above={<BackToLinks />} />
        <p className="text-sm text-muted" data-testid="unknown-entity">
          There is no link with the ID <span className="font-medium break-all text-ink">{linkId}</span>.
        </p>
      </>
    );
  return (
    <>
      <PageHeader title={link ? linkName(link) : 'Link'} above={<BackToLinks />}>
        {link && <Actions link={link} />}
      </PageHeader>
      {error && <ErrorNote error={error} what="Link" retry={() => void refetch()} />}
      {isPending && <Skeleton className="h-40" />}
      {link && <LinkFacts link={link} />}
      {link && <LinkFigures linkId={linkId} />}
      {link && mayReadHistory && (
        <ChangeHistory
          kind="link"
          id={linkId}
          testId="link-history"
          queryKey={['links', 'one', linkId, 'changes']}
          read={(signal) =>
            call('GET /api/v1/links/:link_id/changes', { params: { link_id: linkId }, signal })
          }
        />
      )}
    </>
  );
}

const NO_ENTITIES = [] as const;

/** The clicks of a link: their figures, and the latest of them. */
function LinkFigures({ linkId }: { linkId: string }) {
  const scope = [{ dimension: 'link_id', not: false, values: [linkId] }] as const;
  const mayReadClicks = useMay('GET /api/v1/clicks');
  return (
    <>
      <div className="my-4 flex flex-wrap items-center gap-2">
        <h2 className="mr-auto text-lg font-semibold tracking-tight">Performance</h2>
        <Toolbar />
      </div>
      <FilterChips />
      <AnalyticsView scope={scope} entities={NO_ENTITIES} />
      {mayReadClicks && <LinkClicks linkId={linkId} />}
    </>
  );
}

/** What can be done with a link. */
function Actions({ link }: { link: TrackingLink }) {
  const [opened, setOpened] = useState<'qr' | 'test' | 'edit' | null>(null);
  const mayChange = useMay('PATCH /api/v1/links/:link_id');
  const close = () => setOpened(null);
  return (
    <div className="flex flex-wrap items-center gap-2 max-sm:w-full max-sm:[&>button]:flex-1">
      <CopyButton text={linkUrl(link)} label="Copy link" size="normal" kind="plain" />
      <Button data-testid="qr" onClick={() => setOpened('qr')}>
        <QrCode aria-hidden="true" />
        QR code
      </Button>
      <Button data-testid="test-link" onClick={() => setOpened('test')}>
        <FlaskConical aria-hidden="true" />
        Test
      </Button>
      {mayChange && (
        <Button kind="primary" data-testid="edit-link" onClick={() => setOpened('edit')}>
          <Pencil aria-hidden="true" />
          Edit
        </Button>
      )}
      <Dialog
        title="QR code"
        open={opened === 'qr'}
        onClose={close}
        className="w-[min(26rem,calc(100vw-2rem))]"
        testId="qr-dialog"
      >
        <Late what="The QR code" skeleton={<Skeleton className="mx-auto size-44" />}>
          <QrPicture link={link} />
        </Late>
      </Dialog>
      <Dialog title="Test link" open={opened === 'test'} onClose={close} testId="test-link-dialog">
        <LinkTest link={link} />
      </Dialog>
      <Dialog
        title="Edit link"
        open={opened === 'edit'}
        onClose={close}
        className="w-[min(48rem,calc(100vw-2rem))]"
        testId="edit-link-dialog"
      >
        <LinkForm link={link} onSaved={close} onCancel={close} />
      </Dialog>
    </div>
  );
}
