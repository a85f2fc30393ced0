import { Search, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { withValue } from '../../lib/filters.js';
import { useChangeSearch, useChangeView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { Segmented } from '../../ui/Segmented.js';
import { isAddressHash, isClickId, type OwnFilter, type OwnFilters } from './log-query.js';

const KINDS = {
  user_id: 'User',
  click_id: 'Click ID',
  ip_hash: 'IP hash',
  referrer_host: 'Referrer',
  campaign_id: 'Campaign ID',
  ad_id: 'Ad ID',
} as const;
type Kind = keyof typeof KINDS;
/** Looked for letter by letter; the others have no capitals. */
const AS_WRITTEN = new Set<Kind>(['user_id', 'referrer_host']);

/** What is wrong with a text as a value of this kind. */
function problemOf(kind: Kind, text: string): string | null {
  if (kind === 'click_id' && !isClickId(text))
    return 'Enter a click ID (a UUID), e.g. 0192f0c1-2a3b-7c4d-8e5f-0011….';
  if (kind === 'ip_hash' && !isAddressHash(text)) return 'An IP hash has 32 hexadecimal characters.';
  return null;
}

/** Narrows the log: by verdict, and to one user, click, address, campaign or ad. */
export function ClickSearch({ own }: { own: OwnFilters }) {
  const [kind, setKind] = useState<Kind>('user_id');
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const changeSearch = useChangeSearch();
  const changeView = useChangeView();

  const write = (next: string) => {
    setText(next);
    setProblem(null);
    // What can be told by its form needs no choice.
    if (isClickId(next.trim())) setKind('click_id');
    else if (isAddressHash(next.trim())) setKind('ip_hash');
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const value = text.trim();
    if (value === '') return;
    const wrong = problemOf(kind, value);
    setProblem(wrong);
    if (wrong) return;
    setText('');
    if (kind === 'campaign_id' || kind === 'ad_id')
      void changeView(({ filters }) => ({
        filters: withValue(
          filters.filter(({ dimension }) => dimension !== kind),
          kind,
          value,
        ),
      }));
    else void changeSearch({ [kind]: AS_WRITTEN.has(kind) ? value : value.toLowerCase() });
  };

  return (
    <div className="mb-3 space-y-2">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <form className="flex min-w-0 flex-1 items-center gap-2 max-sm:basis-full" onSubmit={submit}>
          <select
            className="control"
            aria-label="Search by"
            data-testid="search-kind"
            value={kind}
            onChange={({ target }) => setKind(target.value as Kind)}
          >
            {Object.entries(KINDS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          <input
            type="search"
            className="control min-w-24 flex-1 sm:max-w-96"
            aria-label="Search for"
            data-testid="search-text"
            placeholder="Exact match"
            value={text}
            aria-invalid={problem !== null}
            onChange={({ target }) => write(target.value)}
          />
          <Button type="submit" aria-label="Search">
            <Search aria-hidden="true" />
            <span className="max-sm:hidden">Search</span>
          </Button>
        </form>
        <Segmented
          label="Verdict"
          value={own.flagged ?? 'all'}
          options={[
            { value: 'all', label: 'All' },
            { value: 'true', label: 'Flagged' },
            { value: 'false', label: 'Valid' },
          ]}
          onChange={(value) => changeSearch({ flagged: value === 'all' ? undefined : value })}
        />
      </div>
      {problem && (
        <p role="alert" className="text-sm text-crit">
          {problem}
        </p>
      )}
      <OwnChips own={own} />
    </div>
  );
}

/** What was searched for, each with a way to end it. */
function OwnChips({ own }: { own: OwnFilters }) {
  const changeSearch = useChangeSearch();
  const shown = (
    ['click_id', 'user_id', 'ip_hash', 'referrer_host'] as const satisfies readonly OwnFilter[]
  ).filter((name) => own[name] !== undefined);
  if (shown.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2" aria-label="Search terms">
      {shown.map((name) => (
        <li
          key={name}
          className="flex min-w-0 items-center gap-1.5 rounded-md bg-accent-soft py-0.5 pl-2.5 pr-1 text-sm"
        >
          <span className="text-muted">{KINDS[name]}</span>
          <span className="truncate font-medium" title={own[name]}>
            {own[name]}
          </span>
          <button
            type="button"
            className="grid size-7 shrink-0 place-items-center rounded text-muted hover:bg-surface hover:text-ink"
            aria-label={`Remove ${KINDS[name]} ${own[name]}`}
            onClick={() => changeSearch({ [name]: undefined })}
          >
            <X className="size-4" aria-hidden="true" />
          </button>
        </li>
      ))}
    </ul>
  );
}
