import { Link } from '@tanstack/react-router';
import { useRange } from '../../state/range.js';
import { carryView } from '../../state/search.js';
import { useChangeSearch, useSearchText, useView } from '../../state/view.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { ClickRows } from '../clicks/ClickRows.js';
import { useClickLog } from '../clicks/click-queries.js';
import { logParams, splitFilters } from '../clicks/log-query.js';
import { StoryDialog } from '../clicks/StoryDialog.js';

const CLICKS_SHOWN = 20;

/** The latest clicks of a link; each opens with its details. */
export function LinkClicks({ linkId }: { linkId: string }) {
  const range = useRange();
  const { filters } = useView();
  const click = useSearchText('click');
  const change = useChangeSearch();
  const params = logParams(range, splitFilters(filters).applied, {});
  params.set('link_id', linkId);
  params.set('limit', String(CLICKS_SHOWN));
  const log = useClickLog(params.toString());
  const open = (next: string | undefined) => void change({ click: next });
  return (
    <Panel
      title="Latest clicks"
      testId="link-clicks"
      className="mt-4"
      actions={
        <Link
          to="/clicks"
          search={
            ((before: Record<string, unknown>) => ({ ...carryView(before), link_id: [linkId] })) as never
          }
          className="py-0.5 text-sm text-accent hover:underline"
        >
          View all
        </Link>
      }
    >
      {log.isError && <ErrorNote error={log.error} what="Clicks" retry={() => void log.refetch()} />}
      {!log.data && !log.isError && <SkeletonRows count={4} />}
      {log.data?.data.length === 0 && (
        <p className="py-8 text-center text-sm text-muted">No clicks in this range.</p>
      )}
      {log.data && log.data.data.length > 0 && (
        <ClickRows
          clicks={log.data.data}
          zone={range.zone}
          label="Latest clicks of the link, as a table"
          testId="link-click-table"
          onOpen={open}
        />
      )}
      <StoryDialog
        clickId={click}
        zone={range.zone}
        ids={log.data?.data.map(({ click_id }) => click_id)}
        onOpen={open}
        onClose={() => open(undefined)}
      />
    </Panel>
  );
}
