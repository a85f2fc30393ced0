import { Link } from '@tanstack/react-router';
import type { Range } from '../../lib/range.js';
import { useChangeSearch, useView } from '../../state/view.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { ClickRows } from '../clicks/ClickRows.js';
import { useClickLog } from '../clicks/click-queries.js';
import { logParams } from '../clicks/log-query.js';
import { splitScope } from './fraud-queries.js';
import { flaggedInLog } from './to-log.js';

const CLICKS_SHOWN = 10;

/** The latest flagged clicks; each opens with its evidence. */
export function LatestFlagged({ range }: { range: Range }) {
  const { filters } = useView();
  const change = useChangeSearch();
  const params = logParams(range, splitScope(filters).applied, { flagged: 'true' });
  params.set('limit', String(CLICKS_SHOWN));
  const log = useClickLog(params.toString());
  return (
    <Panel
      title="Latest flagged clicks"
      testId="latest-flagged"
      actions={
        <Link to="/clicks" search={flaggedInLog()} className="py-0.5 text-sm text-accent hover:underline">
          View all
        </Link>
      }
    >
      {log.isError && <ErrorNote error={log.error} what="Flagged clicks" retry={() => void log.refetch()} />}
      {!log.data && !log.isError && <SkeletonRows count={6} />}
      {log.data?.data.length === 0 && (
        <p className="py-8 text-center text-sm text-muted">No flagged clicks in this range.</p>
      )}
      {log.data && log.data.data.length > 0 && (
        <ClickRows
          clicks={log.data.data}
          zone={range.zone}
          label="Latest flagged clicks, as a table"
          testId="flagged-table"
          onOpen={(click) => change({ click })}
        />
      )}
    </Panel>
  );
}
