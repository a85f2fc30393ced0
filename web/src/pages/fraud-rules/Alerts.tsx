import type { Alert } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { useLabels } from '../../analytics/names.js';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { formatCount, formatShare } from '../../lib/format.js';
import { carryView } from '../../state/search.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { AlertLimits } from './AlertLimits.js';
import { useAlerts } from './queries.js';
import { Webhook } from './Webhook.js';

const LEVELS = {
  warning: { label: 'Warning', color: 'text-warn' },
  critical: { label: 'Critical', color: 'text-crit' },
  resolved: { label: 'Resolved', color: 'text-good' },
} as const;
const DELIVERIES = {
  none: '',
  waiting: 'Sending',
  delivered: 'Sent',
  given_up: 'Not delivered',
} as const;

/** Campaigns with too many flagged clicks, the limits, and where alerts are sent. */
export function Alerts({ zone }: { zone: string }) {
  const alerts = useAlerts();
  const maySetWebhook = useMay('PUT /api/v1/alerts/webhook');
  return (
    <Panel title="Alerts" testId="alerts">
      <AlertLimits />
      {maySetWebhook && <Webhook />}
      {alerts.isError && <ErrorNote error={alerts.error} what="Alerts" retry={() => void alerts.refetch()} />}
      {alerts.isPending && <SkeletonRows count={3} />}
      {alerts.data?.data.length === 0 && <p className="py-6 text-center text-sm text-muted">No alerts.</p>}
      <ul className="mt-3 divide-y divide-line text-sm">
        {alerts.data?.data.map((alert) => (
          <AlertRow key={alert.alert_id} alert={alert} zone={zone} />
        ))}
      </ul>
    </Panel>
  );
}

function AlertRow({ alert, zone }: { alert: Alert; zone: string }) {
  const labelOf = useLabels();
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 py-2">
      <span className={`w-16 font-medium ${LEVELS[alert.level].color}`}>{LEVELS[alert.level].label}</span>
      <span className="mr-auto">
        <Link
          to="/fraud"
          search={
            ((before: Record<string, unknown>) => ({
              ...carryView(before),
              campaign_id: [alert.campaign_id],
            })) as never
          }
          className="font-medium hover:underline"
        >
          {labelOf('campaign_id', alert.campaign_id)}
        </Link>
        : {formatShare(alert.fraud_rate)} of {formatCount(alert.clicks)} clicks
      </span>
      <span className="text-xs text-muted" title={alert.last_error ?? undefined}>
        {DELIVERIES[alert.delivery]} {datesOf(zone).minute(Date.parse(alert.raised_at))}
      </span>
    </li>
  );
}
