import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AuditSearch } from './audit-query.js';
import { KIND_LABELS } from './entry-text.js';

/** Wait after the last key before the list is searched, in milliseconds. */
const TYPED_MS = 300;

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
      <SearchText value={search.search ?? ''} onChange={(value) => onNarrow('search', value)} />
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

/** Searches a moment after the last key, so that a word is one question. */
function SearchText({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), TYPED_MS);
    return () => clearTimeout(timer);
  });
  return (
    <span className="relative min-w-48 flex-1 sm:max-w-72">
      <Search className="pointer-events-none absolute left-2.5 top-2 size-4 text-muted" aria-hidden="true" />
      <input
        type="search"
        className="control w-full pl-8"
        aria-label="Search the audit log"
        placeholder="Search"
        data-testid="audit-search"
        maxLength={128}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </span>
  );
}
