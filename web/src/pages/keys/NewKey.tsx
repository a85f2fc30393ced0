import type { MadeApiKey, NewApiKey } from '@clickledger/contract';
import { useState } from 'react';
import { useChangeKeys } from '../../api/access.js';
import { Button } from '../../ui/Button.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';

const SCOPES = [
  { scope: 'ingest', label: 'Bring clicks', hint: 'Can read nothing.' },
  { scope: 'read', label: 'Read figures', hint: 'Also what the fraud rules see.' },
  { scope: 'admin', label: 'Change things', hint: 'Campaigns, rules, keys, members.' },
] as const;

/** What a new key may do. */
export function NewKey({ onMade }: { onMade: (key: MadeApiKey) => void }) {
  const { make } = useChangeKeys();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<NewApiKey['scopes']>(['ingest']);
  const [origins, setOrigins] = useState('');
  const [rate, setRate] = useState('');
  const bringsClicks = scopes.includes('ingest');
  return (
    <form
      className="space-y-4 text-sm"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate(
          {
            name,
            scopes,
            origins: bringsClicks ? origins.split(/[\s,]+/).filter((one) => one !== '') : [],
            requests_per_second: rate === '' ? null : Number(rate),
            expires_at: null,
          },
          { onSuccess: onMade },
        );
      }}
    >
      <Field
        label="Name"
        hint="What uses it, so that you know it again."
        required
        autoFocus
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <fieldset className="space-y-2">
        <legend className="mb-1 font-medium">It may</legend>
        {SCOPES.map(({ scope, label, hint }) => (
          <label key={scope} className="flex items-start gap-2.5">
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-(--c-accent)"
              checked={scopes.includes(scope)}
              onChange={({ target }) =>
                setScopes(target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
              }
            />
            <span>
              {label} <span className="text-muted">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {bringsClicks && (
        <Field
          label="Web pages that may use it"
          hint="Origins, with a comma between; empty when only servers do."
          placeholder="https://shop.example"
          value={origins}
          onChange={({ target }) => setOrigins(target.value)}
        />
      )}
      <Field
        label="Most requests a second"
        hint="On each server; empty: no limit."
        type="number"
        min={1}
        value={rate}
        onChange={({ target }) => setRate(target.value)}
      />
      <FormError error={make.error} />
      <div className="flex justify-end">
        <Button type="submit" kind="primary" disabled={make.isPending || scopes.length === 0}>
          Make the key
        </Button>
      </div>
    </form>
  );
}
