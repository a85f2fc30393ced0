import type { AuditEntry } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { Filter } from 'lucide-react';
import { datesOf } from '../../lib/dates.js';
import { carryView } from '../../state/search.js';
import { Changes } from './Changes.js';
import { actionLabel, fieldChanges } from './entry-text.js';
import { placeOf } from './subject-link.js';

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
          className="grid gap-x-4 gap-y-1 py-2.5 lg:grid-cols-[11rem_16rem_minmax(0,1fr)]"
        >
          <div className="flex items-center justify-between gap-3 lg:block">
            <time
              dateTime={entry.at}
              className="block whitespace-nowrap"
              title={`${dates.exact(Date.parse(entry.at))} ${dates.zoneName(Date.parse(entry.at))}`}
            >
              {dates.minute(Date.parse(entry.at))}
            </time>
            <button
              type="button"
              aria-label={`Only changes by ${entry.actor}`}
              title={`Only changes by ${entry.actor}`}
              className="block min-h-6 max-w-full truncate rounded text-left text-xs text-muted hover:text-ink hover:underline"
              onClick={() => onNarrow('actor', entry.actor)}
            >
              {entry.actor}
            </button>
          </div>
          <div className="min-w-0">
            <span className="block font-medium">{actionLabel(entry)}</span>
            <Subject entry={entry} onNarrow={() => onNarrow('subject', entry.subject)} />
          </div>
          <Changes changes={fieldChanges(entry, zone)} />
        </li>
      ))}
    </ul>
  );
}

/** What an entry is about: the way to it, where it has a page, and to the rest of its history. */
function Subject({ entry, onNarrow }: { entry: AuditEntry; onNarrow: () => void }) {
  const place = placeOf(entry);
  return (
    <span className="flex min-h-6 items-center gap-1 text-xs text-muted">
      {place ? (
        <Link
          to={place.to as never}
          params={(place.params ?? {}) as never}
          search={((before: Record<string, unknown>) => ({ ...carryView(before), ...place.search })) as never}
          className="truncate rounded py-1 hover:text-ink hover:underline"
          title={entry.subject}
        >
          {entry.subject}
        </Link>
      ) : (
        <span className="truncate" title={entry.subject}>
          {entry.subject}
        </span>
      )}
      <button
        type="button"
        aria-label={`Only changes of ${entry.subject}`}
        title={`Only changes of ${entry.subject}`}
        className="grid size-6 shrink-0 place-items-center rounded hover:bg-sunken hover:text-ink"
        onClick={onNarrow}
      >
        <Filter className="size-3.5" aria-hidden="true" />
      </button>
    </span>
  );
}
