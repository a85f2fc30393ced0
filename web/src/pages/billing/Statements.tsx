import { formatMoney, formatMoneyExact } from '../../lib/format.js';
import { useChangeSearch } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { monthLabel } from './month-label.js';
import { useStatements } from './queries.js';

interface Props {
  /** Where the page begins; the newest if absent. */
  older: string | undefined;
  onOlder: (older: string | undefined) => void;
}

/** Every statement, newest first; each leads to its month, which has its files. */
export function Statements({ older, onOlder }: Props) {
  const list = useStatements(older);
  const change = useChangeSearch();
  const next = list.data?.next_before;
  return (
    <Panel title="All statements" testId="statements">
      {list.isError && <ErrorNote error={list.error} what="Statements" retry={() => void list.refetch()} />}
      {list.isPending && <SkeletonRows count={4} />}
      {list.data?.data.length === 0 && (
        <p className="py-6 text-center text-sm text-muted">
          No statements. Closing a month creates one per advertiser.
        </p>
      )}
      <ul className="divide-y divide-line text-sm">
        {list.data?.data.map((one) => (
          <li key={one.statement_id} data-statement={one.number}>
            <button
              type="button"
              className="flex w-full flex-wrap items-center gap-x-3 rounded py-2 text-left hover:bg-sunken"
              title={`${one.advertiser_name ?? one.advertiser_id}: show ${monthLabel(one.period)}`}
              onClick={() => {
                void change({ month: one.period });
                window.scrollTo({ top: 0 });
              }}
            >
              <span className="mr-auto min-w-0">
                <span className="block truncate font-medium">{one.advertiser_name ?? one.advertiser_id}</span>
                <span className="block text-xs text-muted">
                  {monthLabel(one.period)} · {one.number}
                </span>
              </span>
              <span className="min-w-20 text-right font-medium" title={formatMoneyExact(one.cost_micros)}>
                {formatMoney(one.cost_micros)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {(older || next) && (
        <div className="mt-3 flex justify-end gap-2">
          {older && <Button onClick={() => onOlder(undefined)}>Newest</Button>}
          <Button disabled={!next} onClick={() => next && onOlder(String(next))}>
            Older
          </Button>
        </div>
      )}
    </Panel>
  );
}
