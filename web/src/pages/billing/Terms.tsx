import { useState } from 'react';
import { explain } from '../../api/http.js';
import { useChangeSettings, useSettings } from '../../api/settings.js';
import { Button } from '../../ui/Button.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';

/** Every currency that the browser knows. */
const currencies = Intl.supportedValuesOf('currency');
const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
const names = new Intl.DisplayNames('en', { type: 'currency' });

/** In what currency and by whose midnight bills are made. */
export function Terms() {
  const settings = useSettings();
  const change = useChangeSettings();
  const [draft, setDraft] = useState<{ currency?: string; billing_zone?: string }>({});
  const { data } = settings;
  const fixed = data?.may_change_billing === false;
  const currency = draft.currency ?? data?.currency ?? '';
  const zone = draft.billing_zone ?? data?.billing_zone ?? '';
  const changed = data && (currency !== data.currency || zone !== data.billing_zone);
  return (
    <Panel title="Terms" testId="terms">
      {settings.isPending && <SkeletonRows count={2} />}
      {data && (
        <form
          className="space-y-3 text-sm"
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate({ currency, billing_zone: zone }, { onSuccess: () => setDraft({}) });
          }}
        >
          <label className="block text-muted" htmlFor="terms-currency">
            Currency of every amount
          </label>
          <Select
            id="terms-currency"
            options={currencies}
            label={(code) => `${code} · ${names.of(code) ?? code}`}
            value={currency}
            disabled={fixed}
            onChange={(value) => setDraft((old) => ({ ...old, currency: value }))}
          />
          <label className="block text-muted" htmlFor="terms-zone">
            Months begin at midnight in
          </label>
          <Select
            id="terms-zone"
            options={zones}
            label={(name) => name.replaceAll('_', ' ')}
            value={zone}
            disabled={fixed}
            onChange={(value) => setDraft((old) => ({ ...old, billing_zone: value }))}
          />
          <p className="text-muted">
            {fixed
              ? 'Fixed, since a month was closed with them.'
              : 'Amounts are not converted. Both are fixed when the first month is closed.'}
          </p>
          {!fixed && (
            <Button type="submit" disabled={!changed || change.isPending}>
              Save terms
            </Button>
          )}
          {change.error && (
            <p role="alert" className="text-crit">
              {explain(change.error).hint}
            </p>
          )}
        </form>
      )}
    </Panel>
  );
}

interface SelectProps {
  id: string;
  options: readonly string[];
  label: (option: string) => string;
  value: string;
  disabled: boolean;
  onChange: (value: string) => void;
}

const Select = ({ id, options, label, value, disabled, onChange }: SelectProps) => (
  <select
    id={id}
    className="control w-full disabled:opacity-60"
    value={value}
    disabled={disabled}
    onChange={({ target }) => onChange(target.value)}
  >
    {!options.includes(value) && <option value={value}>{value}</option>}
    {options.map((option) => (
      <option key={option} value={option}>
        {label(option)}
      </option>
    ))}
  </select>
);
