import { SearchInput } from '../../ui/SearchInput.js';
import type { AuditSearch } from './audit-query.js';
import { KIND_LABELS } from './entry-text.js';

interface Props {
  search: AuditSearch;
  /** Those who can be chosen. */
  people: readonly string[];
  onNarrow: (name: keyof AuditSearch, value: string) => void;
}

/** What narrows the log: a text, a kind, a person, days. */
export function AuditFilters({ search, people, onNarrow }: Props) {
  return (
    <>
      <SearchInput
        label="Search the audit log"
        placeholder="Search"
        testId="audit-search"
        value={search.search ?? ''}
        onChange={(value) => onNarrow('search', value)}
      />
      <select
        className="control"
        aria-label="Kind"
        data-testid="audit-kind"
        value={search.kind ?? ''}
        onChange={({ target }) => onNarrow('kind', target.value)}
      >
        <option value="">All changes</option>
        {KIND_LABELS.map(([kind, label]) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </select>
      <select
        className="control max-w-56"
        aria-label="Person"
        data-testid="audit-person"
        value={search.actor ?? ''}
        onChange={({ target }) => onNarrow('actor', target.value)}
      >
        <option value="">Anyone</option>
        {people.map((person) => (
          <option key={person} value={person}>
            {person}
          </option>
        ))}
      </select>
      {(['since', 'until'] as const).map((name) => (
        <label key={name} className="flex items-center gap-1.5 text-sm text-muted">
          {name === 'since' ? 'From' : 'To'}
          <input
            type="date"
            className="control"
            data-testid={`audit-${name}`}
            value={search[name] ?? ''}
            onChange={({ target }) => onNarrow(name, target.value)}
          />
        </label>
      ))}
    </>
  );
}
