import { useState } from 'react';
import { useChangeSettings, useSettings } from '../../api/settings.js';
import { useMay } from '../../app/may.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Facts } from '../../ui/Facts.js';
import { FormError } from '../../ui/FormError.js';
import { Panel } from '../../ui/Panel.js';
import { Select } from '../../ui/Select.js';
import { SkeletonRows } from '../../ui/Skeleton.js';

/** Every currency that the browser knows. */
const currencies = Intl.supportedValuesOf('currency');
const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
const names = new Intl.DisplayNames('en', { type: 'currency' });
const currencyText = (code: string) => `${code} · ${names.of(code) ?? code}`;
const zoneText = (zone: string) => zone.replaceAll('_', ' ');

/** The currency of bills, and the time zone in which their months begin. */
export function Terms() {
  const settings = useSettings();
  const change = useChangeSettings();
  const mayChange = useMay('PATCH /api/v1/admin/settings');
  const [draft, setDraft] = useState<{ currency?: string; billing_zone?: string }>({});
  const { data } = settings;
  const fixed = data?.may_change_billing === false;
  const currency = draft.currency ?? data?.currency ?? '';
  const zone = draft.billing_zone ?? data?.billing_zone ?? '';
  const changed = data && (currency !== data.currency || zone !== data.billing_zone);
  return (
    <Panel title="Currency and time zone" testId="terms">
      {settings.isPending && <SkeletonRows count={2} />}
      {settings.isError && (
        <ErrorNote error={settings.error} what="Settings" retry={() => void settings.refetch()} />
      )}
      {data && (fixed || !mayChange) && (
        <Facts
          facts={[
            ['Currency', currencyText(currency)],
            ['Billing time zone', zoneText(zone)],
          ]}
        />
      )}
      {data && !fixed && mayChange && (
        <form
          className="space-y-3"
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate({ currency, billing_zone: zone }, { onSuccess: () => setDraft({}) });
          }}
        >
          <Select
            label="Currency"
            options={currencies}
            textOf={currencyText}
            value={currency}
            onChange={(value) => setDraft((old) => ({ ...old, currency: value }))}
          />
          <Select
            label="Billing time zone"
            options={zones}
            textOf={zoneText}
            value={zone}
            onChange={(value) => setDraft((old) => ({ ...old, billing_zone: value }))}
          />
          <Button type="submit" disabled={!changed || change.isPending}>
            Save
          </Button>
          <FormError error={change.error} />
        </form>
      )}
      {data && (
        <p className="mt-3 text-sm text-muted">
          {fixed
            ? 'These can no longer be changed because a month has been closed.'
            : 'Amounts are not converted. Both are final once the first month is closed.'}
        </p>
      )}
    </Panel>
  );
}
