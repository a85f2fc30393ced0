import { LIMITS, type SettingsReply } from '@clickledger/contract';
import { useState } from 'react';
import { explain } from '../../api/http.js';
import { useChangeSettings, useSettings } from '../../api/settings.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';

/** Privacy signals, and how long personal data is kept. */
export function Decisions() {
  const settings = useSettings();
  return (
    <Panel title="Data retention" testId="privacy-decisions">
      <p className="mb-3 max-w-prose text-sm text-muted">
        IP addresses are never stored, only a keyed hash. A click keeps its user ID (if sent), user agent, and
        referrer.
      </p>
      {settings.isError && (
        <ErrorNote error={settings.error} what="Settings" retry={() => void settings.refetch()} />
      )}
      {settings.isPending && <SkeletonRows count={3} />}
      {settings.data && <Form key={JSON.stringify(settings.data)} settings={settings.data} />}
    </Panel>
  );
}

function Form({ settings }: { settings: SettingsReply }) {
  const change = useChangeSettings();
  const [obey, setObey] = useState(settings.respect_privacy_signals);
  const [days, setDays] = useState(settings.personal_data_days?.toString() ?? '');
  const wanted = days === '' ? null : Number(days);
  const changed = obey !== settings.respect_privacy_signals || wanted !== settings.personal_data_days;
  return (
    <form
      className="space-y-4 text-sm"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ respect_privacy_signals: obey, personal_data_days: wanted });
      }}
    >
      <label className="flex items-start gap-2.5">
        <input
          type="checkbox"
          className="mt-0.5 size-4 shrink-0 accent-(--c-accent)"
          data-testid="obey-signals"
          checked={obey}
          onChange={({ target }) => setObey(target.checked)}
        />
        <span>
          Honor Sec-GPC and DNT
          <span className="block text-muted">
            Clicks from browsers that ask not to be tracked are counted without a user ID or IP hash.
          </span>
        </span>
      </label>
      <div>
        <label htmlFor="personal-data-days">Keep personal data for</label>
        <span className="mt-1 flex items-center gap-2">
          <input
            id="personal-data-days"
            type="number"
            className="control w-28"
            min={1}
            max={LIMITS.personalDataDaysMax}
            placeholder="No limit"
            value={days}
            onChange={({ target }) => setDays(target.value)}
          />
          days
        </span>
        <span className="mt-1 block text-muted">
          After that, user ID, IP hash, user agent, and referrer are permanently removed from clicks. Counts
          stay the same. Leave empty to keep them as long as the clicks.
        </span>
      </div>
      <Button type="submit" disabled={!changed || change.isPending}>
        Save
      </Button>
      {change.error && (
        <p role="alert" className="text-crit">
          {explain(change.error).hint}
        </p>
      )}
    </form>
  );
}
