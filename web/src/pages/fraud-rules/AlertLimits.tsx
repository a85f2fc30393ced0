import { LIMITS, type SettingsReply } from '@clickledger/contract';
import { useState } from 'react';
import { useChangeSettings, useSettings } from '../../api/settings.js';
import { useMay } from '../../app/may.js';
import { formatCount } from '../../lib/format.js';
import { Button } from '../../ui/Button.js';
import { FormError } from '../../ui/FormError.js';
import { SkeletonRows } from '../../ui/Skeleton.js';

type Limits = Pick<SettingsReply, 'alert_warning_percent' | 'alert_critical_percent' | 'alert_clicks_min'>;
const limitsOf = (settings: SettingsReply): Limits => ({
  alert_warning_percent: settings.alert_warning_percent,
  alert_critical_percent: settings.alert_critical_percent,
  alert_clicks_min: settings.alert_clicks_min,
});

/** When an alert is raised, which an owner can change. */
export function AlertLimits() {
  const { data } = useSettings();
  const mayChange = useMay('PATCH /api/v1/admin/settings');
  if (!data) return <SkeletonRows count={2} />;
  const limits = limitsOf(data);
  return (
    <>
      <p className="mb-3 max-w-prose text-sm text-muted" data-testid="alert-limits">
        Every minute, each campaign’s clicks of the last hour are checked, by click time. A campaign raises a
        warning from {limits.alert_warning_percent}% flagged clicks and a critical alert from{' '}
        {limits.alert_critical_percent}%, if it has at least {formatCount(limits.alert_clicks_min)}{' '}
        {limits.alert_clicks_min === 1 ? 'click' : 'clicks'} in that hour. Older imported clicks don’t raise
        alerts.
      </p>
      {mayChange && <Form key={JSON.stringify(limits)} limits={limits} />}
    </>
  );
}

const FIELDS = [
  ['alert_warning_percent', 'Warning from (%)', 100],
  ['alert_critical_percent', 'Critical from (%)', 100],
  ['alert_clicks_min', 'Minimum clicks/hour', LIMITS.alertClicksMinMax],
] as const;

function Form({ limits }: { limits: Limits }) {
  const change = useChangeSettings();
  const [draft, setDraft] = useState(limits);
  const changed = JSON.stringify(draft) !== JSON.stringify(limits);
  return (
    <form
      className="mb-3 flex flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(draft);
      }}
    >
      {FIELDS.map(([name, label, max]) => (
        <label key={name} className="text-xs text-muted">
          <span className="block">{label}</span>
          <input
            type="number"
            className="control mt-0.5 w-36"
            data-testid={name}
            min={1}
            max={max}
            step={1}
            required
            value={Number.isFinite(draft[name]) ? draft[name] : ''}
            onChange={({ target }) => setDraft({ ...draft, [name]: target.valueAsNumber })}
          />
        </label>
      ))}
      <Button type="submit" data-testid="save-alert-limits" disabled={!changed || change.isPending}>
        Save limits
      </Button>
      <div className="w-full empty:hidden">
        <FormError error={change.error} />
      </div>
    </form>
  );
}
