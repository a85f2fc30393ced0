import { datesOf } from '../../lib/dates.js';
import { formatCount } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { useRuns } from './queries.js';

const SHOWN = 20;

/** What the retrospective rules found. */
export function Findings({ zone }: { zone: string }) {
  const runs = useRuns();
  const dates = datesOf(zone);
  return (
    <Panel title="Retrospective findings" testId="runs">
      {runs.isError && <ErrorNote error={runs.error} what="Findings" retry={() => void runs.refetch()} />}
      {runs.isPending && <SkeletonRows count={2} />}
      {runs.data?.data.length === 0 && (
        <p className="py-6 text-center text-sm text-muted">No retrospective findings.</p>
      )}
      <ul className="divide-y divide-line text-sm">
        {runs.data?.data.slice(0, SHOWN).map((run) => (
          <li key={`${run.ran_at}${run.rule}`} className="py-2">
            <p>
              <span className="font-medium">{ruleLabel(run.rule)}</span>
              <span className="float-right text-xs text-muted">{dates.minute(Date.parse(run.ran_at))}</span>
            </p>
            <p className="text-muted">
              {formatCount(run.subjects)} {run.subjects === 1 ? 'match' : 'matches'},{' '}
              {run.is_shadow
                ? `${formatCount(run.clicks)} clicks (shadow mode, not flagged)`
                : `${formatCount(run.adjusted)} clicks flagged`}
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
