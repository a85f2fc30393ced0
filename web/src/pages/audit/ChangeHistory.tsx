import type { ChangesReply } from '@clickledger/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { POLL_MS } from '../../api/queries.js';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { useView } from '../../state/view.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { Changes } from './Changes.js';
import { historyOf } from './change-history.js';

const SHOWN = 20;

interface Props {
  /** What the audit log calls the kind, and the ID of what was changed. */
  kind: string;
  id: string;
  testId: string;
  /** Of the answers, below the key of what was changed: they are read again with it. */
  queryKey: readonly string[];
  read: (signal: AbortSignal) => Promise<ChangesReply>;
}

/** Who changed what of a campaign or a link, newest first. */
export function ChangeHistory({ kind, id, testId, queryKey, read }: Props) {
  const { zone } = useView();
  const mayAudit = useMay('GET /api/v1/admin/audit');
  const changes = useQuery({
    queryKey,
    queryFn: ({ signal }) => read(signal),
    refetchInterval: 12 * POLL_MS,
  });
  const dates = datesOf(zone);
  const history = historyOf(changes.data?.data ?? [], zone);
  return (
    <Panel
      title="Change history"
      testId={testId}
      className="mt-4"
      actions={
        mayAudit && (
          <Link
            to="/audit"
            search={{ kind, subject: id } as never}
            className="py-0.5 text-sm text-accent hover:underline"
          >
            View in audit log
          </Link>
        )
      }
    >
      {changes.isError && (
        <ErrorNote error={changes.error} what="Change history" retry={() => void changes.refetch()} />
      )}
      {changes.isPending && <SkeletonRows count={2} />}
      {changes.data && history.length === 0 && (
        <p className="py-4 text-center text-sm text-muted">No changes.</p>
      )}
      <ul className="divide-y divide-line text-sm">
        {history.slice(0, SHOWN).map(({ at, by, isCreation, fields }) => (
          <li key={at} className="grid gap-x-4 py-2 sm:grid-cols-[14rem_minmax(0,1fr)]">
            <p>
              {dates.minute(Date.parse(at))} {dates.zoneName(Date.parse(at))}
              <span className="block truncate text-xs text-muted" title={by}>
                {isCreation ? 'Created by' : 'By'} {by}
              </span>
            </p>
            <Changes changes={fields} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
