import { OFFENDER_KINDS } from '@clickledger/contract';
import { cn } from '../../lib/cn.js';
import type { Range } from '../../lib/range.js';
import { useChangeSearch, useSearchText, useView } from '../../state/view.js';
import { CsvButton } from '../../ui/CsvButton.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { Segmented } from '../../ui/Segmented.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { useOffenders } from './fraud-queries.js';
import { OffenderTable } from './OffenderTable.js';
import { OFFENDER_LABELS } from './offender-labels.js';

/** The sources of the most flagged clicks. */
export function Offenders({ range }: { range: Range }) {
  const { filters } = useView();
  const change = useChangeSearch();
  const wanted = useSearchText('offenders');
  const by = OFFENDER_KINDS.find((kind) => kind === wanted) ?? OFFENDER_KINDS[0];
  const offenders = useOffenders(by, range, filters);
  const { data } = offenders;
  return (
    <Panel
      title="Top offenders"
      testId="offenders"
      heading={
        <Segmented
          label="Offenders"
          className="flex-wrap"
          value={by}
          options={OFFENDER_KINDS.map((value) => ({ value, label: OFFENDER_LABELS[value].many }))}
          onChange={(kind) =>
            change({ offenders: kind === OFFENDER_KINDS[0] ? undefined : kind }, { replace: true })
          }
        />
      }
      actions={
        <CsvButton
          what="offenders"
          rows={() => (data?.data ?? []).map(({ rules, ...row }) => ({ ...row, rules: rules.join(' ') }))}
        />
      }
    >
      {offenders.isError && (
        <ErrorNote error={offenders.error} what="Offenders" retry={() => void offenders.refetch()} />
      )}
      {!data && !offenders.isError && <SkeletonRows count={6} />}
      {data && (
        <div
          className={cn('transition-opacity', offenders.isPlaceholderData && 'opacity-55 delay-150')}
          aria-busy={offenders.isPlaceholderData}
        >
          {data.data.length > 0 ? (
            <OffenderTable rows={data.data} by={data.by} zone={range.zone} />
          ) : (
            <p className="py-8 text-center text-sm text-muted">No offenders in this range.</p>
          )}
        </div>
      )}
    </Panel>
  );
}
