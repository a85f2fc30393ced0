import { LIST_KINDS, LIST_NAMES, type ListEntryInput } from '@clickledger/contract';
import { X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { explain } from '../../api/http.js';
import { datesOf } from '../../lib/dates.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { useAddEntry, useListEntries, useRemoveEntry } from './queries.js';

const LIST_LABELS = { block: 'Block', allow: 'Allow' } as const;
const KIND_LABELS = {
  address: 'Address or range',
  user: 'User',
  user_agent: 'User agent',
  referrer_host: 'Referrer host',
} as const;
const DAY_MS = 86_400_000;
const NEVER = 0;
const EXPIRY_DAYS = [NEVER, 1, 7, 30];

/** Who is always flagged, and who never. */
export function Lists({ zone }: { zone: string }) {
  const entries = useListEntries();
  const remove = useRemoveEntry();
  const dates = datesOf(zone);
  return (
    <Panel title="Lists" testId="fraud-lists">
      <p className="mb-3 max-w-prose text-sm text-muted">
        Blocked means flagged, never refused. Allowed means that no rule flags; it goes before blocked.
      </p>
      <NewEntry />
      {entries.isError && (
        <ErrorNote error={entries.error} what="Lists" retry={() => void entries.refetch()} />
      )}
      {entries.isPending && <SkeletonRows count={3} />}
      {entries.data?.data.length === 0 && (
        <p className="py-6 text-center text-sm text-muted">The lists are empty.</p>
      )}
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
              <p className="truncate text-xs text-muted">
                {KIND_LABELS[entry.kind]}
                {entry.note && ` · ${entry.note}`}
                {entry.expires_at && ` · until ${dates.minute(Date.parse(entry.expires_at))}`}
              </p>
            </div>
            <Button
              kind="quiet"
              size="icon-small"
              aria-label={`Take ${entry.value} off the list`}
              onClick={() => remove.mutate(entry.entry_id)}
            >
              <X aria-hidden="true" />
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function NewEntry() {
  const add = useAddEntry();
  const [list, setList] = useState<ListEntryInput['list']>('block');
  const [kind, setKind] = useState<ListEntryInput['kind']>('address');
  const [value, setValue] = useState('');
  const [note, setNote] = useState('');
  const [days, setDays] = useState(NEVER);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const expires_at = days === NEVER ? null : new Date(Date.now() + days * DAY_MS).toISOString();
    add.mutate(
      { list, kind, value, note, expires_at },
      {
        onSuccess: () => {
          setValue('');
          setNote('');
        },
      },
    );
  };
  return (
    <form className="flex flex-wrap items-center gap-2" onSubmit={submit}>
      <select
        className="control"
        aria-label="List"
        value={list}
        onChange={({ target }) => setList(target.value as ListEntryInput['list'])}
      >
        {LIST_NAMES.map((name) => (
          <option key={name} value={name}>
            {LIST_LABELS[name]}
          </option>
        ))}
      </select>
      <select
        className="control"
        aria-label="What it names"
        value={kind}
        onChange={({ target }) => setKind(target.value as ListEntryInput['kind'])}
      >
        {LIST_KINDS.map((name) => (
          <option key={name} value={name}>
            {KIND_LABELS[name]}
          </option>
        ))}
      </select>
      <input
        className="control min-w-40 flex-1"
        aria-label="Value"
        placeholder={kind === 'address' ? '203.0.113.0/24' : ''}
        required
        value={value}
        onChange={({ target }) => setValue(target.value)}
      />
      <input
        className="control w-40"
        aria-label="Note"
        placeholder="Why (optional)"
        maxLength={500}
        value={note}
        onChange={({ target }) => setNote(target.value)}
      />
      <select
        className="control"
        aria-label="For how long"
        value={days}
        onChange={({ target }) => setDays(Number(target.value))}
      >
        {EXPIRY_DAYS.map((count) => (
          <option key={count} value={count}>
            {count === NEVER ? 'for ever' : count === 1 ? 'for a day' : `for ${count} days`}
          </option>
        ))}
      </select>
      <Button type="submit" kind="primary" disabled={add.isPending}>
        Add
      </Button>
      {add.error && (
        <p role="alert" className="w-full text-sm text-crit">
          {explain(add.error).hint}
        </p>
      )}
    </form>
  );
}
