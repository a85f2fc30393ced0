import type { AuditEntry } from '@clickledger/contract';
import { datesOf } from '../../lib/dates.js';
import { actionLabel, fieldChanges } from './words.js';

interface Props {
  entries: readonly AuditEntry[];
  zone: string;
  /** Shows only entries by somebody, or about something. */
  onNarrow: (name: 'actor' | 'subject', value: string) => void;
}

/** Entries, each with what it changed. */
export function AuditList({ entries, zone, onNarrow }: Props) {
  const dates = datesOf(zone);
  return (
    <ul className="divide-y divide-line text-sm" data-testid="audit-list">
      {entries.map((entry) => (
        <li
          key={entry.audit_id}
          data-action={entry.action}
          className="grid gap-x-4 gap-y-0.5 py-2.5 lg:grid-cols-[11rem_16rem_minmax(0,1fr)]"
        >
          <div className="flex items-baseline justify-between gap-3 lg:block">
            <time
              dateTime={entry.at}
              className="block whitespace-nowrap"
              title={dates.exact(Date.parse(entry.at))}
            >
              {dates.minute(Date.parse(entry.at))}
            </time>
            <Narrow
              text={entry.actor}
              label={`Only changes by ${entry.actor}`}
              onClick={() => onNarrow('actor', entry.actor)}
            />
          </div>
          <div className="min-w-0">
            <span className="block font-medium">{actionLabel(entry.action)}</span>
            <Narrow
              text={entry.subject}
              label={`Only changes of ${entry.subject}`}
              onClick={() => onNarrow('subject', entry.subject)}
            />
          </div>
          <Changes entry={entry} />
        </li>
      ))}
    </ul>
  );
}

const Narrow = ({ text, label, onClick }: { text: string; label: string; onClick: () => void }) => (
  <button
    type="button"
    onClick={onClick}
    aria-label={label}
    title={label}
    className="block max-w-full truncate rounded text-left text-xs text-muted hover:text-ink hover:underline"
  >
    {text}
  </button>
);

function Changes({ entry }: { entry: AuditEntry }) {
  return (
    <dl className="min-w-0">
      {fieldChanges(entry).map(({ field, before, after }) => (
        <div key={field} className="flex flex-wrap gap-x-2">
          <dt className="text-muted first-letter:uppercase">{field}</dt>
          <dd className="min-w-0 break-words">
            {before !== null && <del className="text-muted">{before}</del>}
            {before !== null && ' → '}
            {after ?? <span className="text-muted">none</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
