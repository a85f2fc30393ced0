import type { MadeApiKey, NewApiKey } from '@clickledger/contract';
import { useState } from 'react';
import { useChangeKeys } from '../../api/access.js';
import { Button } from '../../ui/Button.js';
import { Field } from '../../ui/Field.js';
import { FormError } from '../../ui/FormError.js';

export const SCOPE_NAMES = { ingest: 'Send clicks', read: 'Read data', admin: 'Admin' } as const;
const SCOPES = [
  { scope: 'ingest', label: SCOPE_NAMES.ingest, hint: 'Write only.' },
  { scope: 'read', label: SCOPE_NAMES.read, hint: 'Including fraud details.' },
  { scope: 'admin', label: SCOPE_NAMES.admin, hint: 'Campaigns, rules, keys, members.' },
] as const;

/** Creates a key with a name and permissions. */
export function NewKey({ onMade }: { onMade: (key: MadeApiKey) => void }) {
  const { make } = useChangeKeys();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<NewApiKey['scopes']>(['ingest']);
  const [origins, setOrigins] = useState('');
  const [rate, setRate] = useState('');
  const [isTest, setTest] = useState(false);
  const sendsClicks = scopes.includes('ingest');
  return (
    <form
      className="space-y-4 text-sm"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate(
          {
            name,
            scopes,
            origins: sendsClicks ? origins.split(/[\s,]+/).filter((one) => one !== '') : [],
            requests_per_second: rate === '' ? null : Number(rate),
            is_test: isTest,
            expires_at: null,
          },
          { onSuccess: onMade },
        );
      }}
    >
      <Field
        label="Name"
        hint="A label to help you recognize it."
        required
        autoFocus
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <fieldset className="space-y-2">
        <legend className="mb-1 font-medium">Permissions</legend>
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
      <label className="flex items-start gap-2.5">
        <input
          type="checkbox"
          className="mt-0.5 size-4 shrink-0 accent-(--c-accent)"
          data-testid="key-is-test"
          checked={isTest}
          onChange={({ target }) => setTest(target.checked)}
        />
        <span>
          Test key{' '}
          <span className="text-muted">Sends and reads test data only. Test clicks are never billed.</span>
        </span>
      </label>
      {sendsClicks && (
        <Field
          label="Allowed origins"
          hint="Web pages that may send clicks with this key, separated by commas. Leave empty for servers only."
          placeholder="https://shop.example"
          value={origins}
          onChange={({ target }) => setOrigins(target.value)}
        />
      )}
      <Field
        label="Rate limit (requests/s)"
        hint="Per server. Leave empty for no limit."
        type="number"
        min={1}
        value={rate}
        onChange={({ target }) => setRate(target.value)}
      />
      <FormError error={make.error} />
      <div className="flex justify-end">
        <Button type="submit" kind="primary" disabled={make.isPending || scopes.length === 0}>
          Create key
        </Button>
      </div>
    </form>
  );
}
