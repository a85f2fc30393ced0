import { LIMITS } from '@clickledger/contract';
import { useState } from 'react';
import { nameAndId } from '../../analytics/names.js';
import { useAdvertisers } from '../../api/queries.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { SkeletonRows } from '../../ui/Skeleton.js';

/** Advertisers that are listed at once; the search finds the others. */
const SHOWN_MAX = 100;

interface Props {
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** Chooses among the advertisers that there are. */
export function AdvertiserPicker({ chosen, onChange }: Props) {
  const advertisers = useAdvertisers();
  const [search, setSearch] = useState('');
  const text = search.trim().toLowerCase();
  const all = (advertisers.data?.data ?? []).map(({ advertiser_id: id, name }) => ({ id, name: name ?? id }));
  // One that is not in the list, because there are more than the API lists, can still be taken away.
  const unlisted = chosen.filter((id) => !all.some((one) => one.id === id)).map((id) => ({ id, name: id }));
  const matching = [...unlisted, ...all].filter(
    ({ id, name }) => chosen.includes(id) || `${name} ${id}`.toLowerCase().includes(text),
  );
  const isFull = chosen.length >= LIMITS.memberAdvertisersMax;
  return (
    <fieldset data-testid="advertiser-picker">
      <legend className="mb-1 flex w-full font-medium">
        Advertisers
        <span className="ml-auto text-xs font-normal text-muted">{chosen.length} selected</span>
      </legend>
      {advertisers.isPending && <SkeletonRows count={2} />}
      {advertisers.isError && (
        <ErrorNote error={advertisers.error} what="Advertisers" retry={() => void advertisers.refetch()} />
      )}
      {advertisers.data && all.length === 0 && (
        <p className="text-muted">No advertisers yet. They appear with their first click.</p>
      )}
      {all.length > 0 && (
        <>
          <input
            type="search"
            className="control h-9 w-full"
            aria-label="Search advertisers"
            placeholder="Search by name or ID"
            value={search}
            onChange={({ target }) => setSearch(target.value)}
          />
          <ul className="mt-2 max-h-48 overflow-y-auto rounded-md border border-line">
            {matching.slice(0, SHOWN_MAX).map(({ id, name }) => (
              <li key={id}>
                <label className="flex min-h-8 items-center gap-2.5 px-2.5 py-1 hover:bg-sunken">
                  <input
                    type="checkbox"
                    className="size-4 shrink-0 accent-(--c-accent)"
                    checked={chosen.includes(id)}
                    disabled={isFull && !chosen.includes(id)}
                    onChange={({ target }) =>
                      onChange(target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
                    }
                  />
                  <span className="min-w-0 truncate" title={nameAndId(name, id)}>
                    {name} {name !== id && <span className="text-muted">{id}</span>}
                  </span>
                </label>
              </li>
            ))}
          </ul>
          {matching.length === 0 && <p className="mt-1 text-muted">No matching advertisers.</p>}
          {matching.length > SHOWN_MAX && (
            <p className="mt-1 text-xs text-muted">
              {SHOWN_MAX} of {matching.length} shown. Search for more.
            </p>
          )}
        </>
      )}
    </fieldset>
  );
}
