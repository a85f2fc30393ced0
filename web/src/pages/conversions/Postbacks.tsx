import type { PostbackEntry } from '@clickledger/contract';
import { useState } from 'react';
import { cn } from '../../lib/cn.js';
import { datesOf } from '../../lib/dates.js';
import { useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { PostbackSetup } from './PostbackSetup.js';
import { usePostbacks } from './postback-queries.js';

const OUTCOMES: Record<PostbackEntry['outcome'], { label: string; look: string }> = {
  accepted: { label: 'Recorded', look: 'text-good' },
  duplicate: { label: 'Duplicate', look: 'text-muted' },
  retracted: { label: 'Retracted', look: 'text-warn' },
  refused: { label: 'Refused', look: 'text-crit' },
};

/** How networks report conversions: the URL, its secrets, and each request with what became of it. */
export function Postbacks({ onOpen }: { onOpen: (conversionId: string) => void }) {
  const { zone } = useView();
  const [outcome, setOutcome] = useState('');
  const [before, setBefore] = useState<string>();
  const log = usePostbacks(before, outcome || undefined);
  const all = log.data?.data;
  const next = log.data?.next_before;
  return (
    <div className="space-y-4">
      <PostbackSetup />
      <Panel
        title="Postback log"
        testId="postback-log"
        actions={
          <select
            className="control"
            aria-label="Outcome"
            data-testid="postback-outcome"
            value={outcome}
            onChange={({ target }) => {
              setOutcome(target.value);
              setBefore(undefined);
            }}
          >
            <option value="">All outcomes</option>
            {Object.entries(OUTCOMES).map(([value, { label }]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        }
      >
        {log.isError && <ErrorNote error={log.error} what="Postback log" retry={() => void log.refetch()} />}
        {log.isPending && <SkeletonRows count={5} />}
        {all?.length === 0 && (
          <p className="py-8 text-center text-sm text-muted">
            {outcome === '' ? 'No postbacks in the last 30 days.' : 'No matching postbacks.'}
          </p>
        )}
        {all && (
          <ul
            className={cn('divide-y divide-line text-sm', log.isPlaceholderData && 'opacity-55')}
            aria-busy={log.isPlaceholderData}
          >
            {all.map((entry) => (
              <Entry key={entry.postback_id} entry={entry} zone={zone} onOpen={onOpen} />
            ))}
          </ul>
        )}
        {(before !== undefined || next) && (
          <div className="mt-3 flex justify-end gap-2">
            {before !== undefined && <Button onClick={() => setBefore(undefined)}>Newest</Button>}
            <Button disabled={!next || log.isPlaceholderData} onClick={() => next && setBefore(String(next))}>
              Older
            </Button>
          </div>
        )}
      </Panel>
    </div>
  );
}

interface EntryProps {
  entry: PostbackEntry;
  zone: string;
  onOpen: (conversionId: string) => void;
}

/** One request as it came, and what became of it. */
function Entry({ entry, zone, onOpen }: EntryProps) {
  const { conversion_id: conversionId, outcome, code, message } = entry;
  const { label, look } = OUTCOMES[outcome];
  return (
    <li
      className="grid gap-x-4 gap-y-1 py-2 sm:grid-cols-[11rem_7rem_minmax(0,1fr)]"
      data-outcome={outcome}
      data-testid="postback"
    >
      <p className="text-muted">{datesOf(zone).second(Date.parse(entry.received_at))}</p>
      <p className={cn('font-medium', look)}>{label}</p>
      <div className="min-w-0">
        <code className="block break-all font-mono text-xs">
          {entry.method} /postback?{entry.query}
        </code>
        {message && (
          <p className="mt-1">
            {message} {code && <code className="font-mono text-xs text-muted">{code}</code>}
          </p>
        )}
        {conversionId && (
          <button
            type="button"
            className="mt-1 min-h-6 rounded text-accent hover:underline"
            onClick={() => onOpen(conversionId)}
          >
            View conversion
          </button>
        )}
      </div>
    </li>
  );
}
