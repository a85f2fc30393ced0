import { FRAUD_RATE_CRITICAL, FRAUD_RATE_WARNING } from '@clickledger/contract';
import { type FormEvent, useState } from 'react';
import { explain } from '../../api/http.js';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { formatCount, formatShare } from '../../lib/format.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { useAlerts, useSaveWebhook, useWebhook } from './queries.js';

const LEVELS = {
  warning: { label: 'Warning', color: 'text-warn' },
  critical: { label: 'Critical', color: 'text-crit' },
  resolved: { label: 'Over', color: 'text-good' },
} as const;
const DELIVERIES = {
  none: '',
  waiting: 'being sent',
  delivered: 'sent',
  given_up: 'could not be sent',
} as const;

/** Campaigns that crossed a line, and where that is told. */
export function Alerts({ zone }: { zone: string }) {
  const alerts = useAlerts();
  const dates = datesOf(zone);
  return (
    <Panel title="Alerts" testId="alerts">
      <p className="mb-3 max-w-prose text-sm text-muted">
        Raised when {formatShare(FRAUD_RATE_WARNING)} or {formatShare(FRAUD_RATE_CRITICAL)} of a campaign’s
        clicks within an hour are flagged.
      </p>
      {useMay('PUT /api/v1/alerts/webhook') && <Webhook />}
      {alerts.isError && <ErrorNote error={alerts.error} what="Alerts" retry={() => void alerts.refetch()} />}
      {alerts.isPending && <SkeletonRows count={3} />}
      {alerts.data?.data.length === 0 && (
        <p className="py-6 text-center text-sm text-muted">No campaign crossed a line yet.</p>
      )}
      <ul className="mt-3 divide-y divide-line text-sm">
        {alerts.data?.data.map((alert) => (
          <li key={alert.alert_id} className="flex flex-wrap items-baseline gap-x-3 py-2">
            <span className={`w-16 font-medium ${LEVELS[alert.level].color}`}>
              {LEVELS[alert.level].label}
            </span>
            <span className="mr-auto">
              {alert.campaign_id}: {formatShare(alert.fraud_rate)} of {formatCount(alert.clicks)} clicks
            </span>
            <span className="text-xs text-muted" title={alert.last_error ?? undefined}>
              {DELIVERIES[alert.delivery]} {dates.minute(Date.parse(alert.raised_at))}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Webhook() {
  const webhook = useWebhook();
  const save = useSaveWebhook();
  const [draft, setDraft] = useState<string | null>(null);
  const url = draft ?? webhook.data?.url ?? '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(url.trim() === '' ? null : url.trim(), { onSuccess: () => setDraft(null) });
  };
  return (
    <form className="flex flex-wrap items-center gap-2" onSubmit={submit}>
      <input
        className="control min-w-56 flex-1"
        aria-label="Webhook"
        placeholder="https://example.com/hook (none: alerts are not sent)"
        value={url}
        onChange={({ target }) => setDraft(target.value)}
      />
      <Button type="submit" disabled={draft === null || save.isPending}>
        Save webhook
      </Button>
      {save.data?.secret && (
        <p role="status" className="flex w-full flex-wrap items-center gap-2 text-sm">
          Its secret, shown only now: <code className="font-mono text-xs break-all">{save.data.secret}</code>
          <CopyButton text={save.data.secret} label="Copy the secret" />
        </p>
      )}
      {save.error && (
        <p role="alert" className="w-full text-sm text-crit">
          {explain(save.error).hint}
        </p>
      )}
    </form>
  );
}
