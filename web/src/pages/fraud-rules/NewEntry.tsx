import { LIST_KINDS, LIST_NAMES, type ListEntryInput, type ListPreviewReply } from '@clickledger/contract';
import { type FormEvent, useState } from 'react';
import { formatCount } from '../../lib/format.js';
import { serverNow } from '../../state/now.js';
import { Button } from '../../ui/Button.js';
import { FormError } from '../../ui/FormError.js';
import { KIND_LABELS, LIST_LABELS } from './list-labels.js';
import { useAddEntry, usePreviewEntry } from './queries.js';

const DAY_MS = 86_400_000;
const NEVER = 0;
const EXPIRY_DAYS = [NEVER, 1, 7, 30];
const PLACEHOLDERS: Record<ListEntryInput['kind'], string> = {
  address: '203.0.113.0/24',
  user: 'User ID',
  user_agent: 'Full user agent',
  referrer_host: 'news.example',
};

/** Adds an entry; a preview says first how many clicks it would have matched. */
export function NewEntry() {
  const add = useAddEntry();
  const preview = usePreviewEntry();
  const [list, setList] = useState<ListEntryInput['list']>('block');
  const [kind, setKind] = useState<ListEntryInput['kind']>('address');
  const [value, setValue] = useState('');
  const [note, setNote] = useState('');
  const [days, setDays] = useState(NEVER);
  const reset = () => {
    preview.reset();
    add.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const expires_at = days === NEVER ? null : new Date(serverNow() + days * DAY_MS).toISOString();
    preview.reset();
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
        aria-label="Type"
        value={kind}
        onChange={({ target }) => {
          setKind(target.value as ListEntryInput['kind']);
          reset();
        }}
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
        placeholder={PLACEHOLDERS[kind]}
        required
        value={value}
        onChange={({ target }) => {
          setValue(target.value);
          reset();
        }}
      />
      <input
        className="control w-40"
        aria-label="Note"
        placeholder="Note (optional)"
        maxLength={500}
        value={note}
        onChange={({ target }) => setNote(target.value)}
      />
      <select
        className="control"
        aria-label="Expires"
        value={days}
        onChange={({ target }) => setDays(Number(target.value))}
      >
        {EXPIRY_DAYS.map((count) => (
          <option key={count} value={count}>
            {count === NEVER ? 'Never expires' : `Expires in ${count} ${count === 1 ? 'day' : 'days'}`}
          </option>
        ))}
      </select>
      <Button
        data-testid="preview-entry"
        disabled={value.trim() === '' || preview.isPending}
        onClick={() => preview.mutate({ kind, value })}
      >
        {preview.isPending ? 'Counting…' : 'Preview'}
      </Button>
      <Button type="submit" kind="primary" disabled={add.isPending}>
        Add
      </Button>
      {preview.data && (
        <p role="status" className="w-full text-sm" data-testid="entry-preview">
          {previewText(preview.data, list)}
        </p>
      )}
      <div className="w-full empty:hidden">
        <FormError error={add.error ?? preview.error} />
      </div>
    </form>
  );
}

/** What an entry would have done in the last days. */
export function previewText({ clicks, flagged, days }: ListPreviewReply, list: 'block' | 'allow'): string {
  const span = days === 1 ? 'the last day' : `the last ${days} days`;
  if (clicks === null || flagged === null)
    return 'This range is too wide to preview, because only IP hashes are stored. Ranges from /16 (IPv4) and /48 (IPv6) can be.';
  if (clicks === 0) return `Matches no clicks in ${span}.`;
  const matches = `Matches ${formatCount(clicks)} ${clicks === 1 ? 'click' : 'clicks'} in ${span}`;
  return list === 'block'
    ? `${matches}: ${formatCount(clicks - flagged)} would be newly flagged, ${formatCount(flagged)} already are.`
    : `${matches}: ${formatCount(flagged)} of them flagged, which this entry would have prevented.`;
}
