import { X } from 'lucide-react';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { FormError } from '../../ui/FormError.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { KIND_LABELS, LIST_LABELS } from './list-labels.js';
import { NewEntry } from './NewEntry.js';
import { useListEntries, useRemoveEntry } from './queries.js';

/** The allow and block lists. */
export function Lists({ zone }: { zone: string }) {
  const entries = useListEntries();
  const remove = useRemoveEntry();
  const mayAdd = useMay('POST /api/v1/fraud/lists');
  const mayRemove = useMay('DELETE /api/v1/fraud/lists/:entry_id');
  const dates = datesOf(zone);
  return (
    <Panel title="Allow and block lists" testId="fraud-lists">
      <p className="mb-3 max-w-prose text-sm text-muted">
        Blocked clicks are recorded but flagged. Allow overrides Block.
      </p>
      {mayAdd && <NewEntry />}
      {entries.isError && (
        <ErrorNote error={entries.error} what="Lists" retry={() => void entries.refetch()} />
      )}
      {entries.isPending && <SkeletonRows count={3} />}
      {entries.data?.data.length === 0 && (
        <p className="py-6 text-center text-sm text-muted">No list entries.</p>
      )}
      <FormError error={remove.error} />
      <ul className="mt-3 divide-y divide-line text-sm">
        {entries.data?.data.map((entry) => (
          <li key={entry.entry_id} className="flex items-center gap-3 py-2" data-entry={entry.value}>
            <span className={entry.list === 'block' ? 'text-crit' : 'text-good'}>
              {LIST_LABELS[entry.list]}
            </span>
            <div className="mr-auto min-w-0">
              <p className="truncate font-medium" title={entry.value}>
                {entry.value}
              </p>
              <p className="text-xs break-words text-muted">
                {KIND_LABELS[entry.kind]}
                {entry.note && ` · ${entry.note}`}
                {entry.expires_at
                  ? ` · Expires ${dates.minute(Date.parse(entry.expires_at))}`
                  : ' · Never expires'}
              </p>
            </div>
            {mayRemove && (
              <Button
                kind="quiet"
                size="icon-small"
                aria-label={`Remove ${entry.value}`}
                title="Remove"
                onClick={() => remove.mutate(entry.entry_id)}
              >
                <X aria-hidden="true" />
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
