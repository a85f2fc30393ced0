import type { PeriodReply } from '@clickledger/contract';
import { useState } from 'react';
import { explain } from '../../api/http.js';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { formatCount, formatMoney, formatMoneyExact } from '../../lib/format.js';
import { useChangeSearch } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { Dialog } from '../../ui/Dialog.js';
import { Panel } from '../../ui/Panel.js';
import { monthLabel } from './month-label.js';
import { useCloseMonth } from './queries.js';

/** A month's totals, and whether it is closed; closes it. */
export function Month({ month }: { month: PeriodReply }) {
  const mayClose = useMay('POST /api/v1/billing/periods/:period/close');
  const { totals, state, period } = month;
  const figures = [
    ['Clicks', formatCount(totals.clicks)],
    ['Flagged', formatCount(totals.flagged)],
    ['Adjusted', formatCount(totals.adjusted)],
    ['Billable', formatCount(totals.billable)],
    ['Amount', formatMoney(totals.cost_micros), formatMoneyExact(totals.cost_micros)],
  ] as const;
  return (
    <Panel
      title={monthLabel(period)}
      testId="bill-month"
      actions={month.may_close && mayClose && <Close month={month} />}
    >
      <p className="mb-3 text-sm text-muted" data-testid="month-state" data-state={state}>
        <State month={month} />
        {!month.is_whole && (
          <span className="font-medium text-warn" data-testid="month-not-whole">
            {' '}
            No longer whole: retention has removed clicks of this month.
          </span>
        )}
      </p>
      {month.unpriced_clicks > 0 && (
        <p className="mb-3 text-sm text-muted" data-testid="unpriced">
          {formatCount(month.unpriced_clicks)} {month.unpriced_clicks === 1 ? 'click' : 'clicks'} of campaigns
          without a price {month.unpriced_clicks === 1 ? 'is' : 'are'} not billed.
        </p>
      )}
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-5">
        {figures.map(([label, value, exact]) => (
          <div key={label} className={label === 'Amount' ? 'max-sm:col-span-2' : undefined}>
            <dt className="text-xs text-muted">{label}</dt>
            <dd
              className="text-xl font-semibold tracking-tight"
              title={exact}
              data-testid={`bill-${label.toLowerCase()}`}
            >
              {value}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function State({ month }: { month: PeriodReply }) {
  // In the zone of the bill, as the statement has it, whatever zone the reader looks from.
  const dates = datesOf(month.time_zone);
  const span = `${dates.range(Date.parse(month.from_time), Date.parse(month.to_time))} (${month.time_zone.replaceAll('_', ' ')}).`;
  if (month.state === 'running') return <>{span} In progress. Totals to date.</>;
  if (month.closed_at === null) return <>{span} Period ended, not closed. Totals may still change.</>;
  return (
    <>
      {span} <span className="font-medium text-good">Closed</span> on{' '}
      {dates.minute(Date.parse(month.closed_at))} {dates.zoneName(Date.parse(month.closed_at))}
      {month.closed_by !== 'protected mode' && ` by ${month.closed_by}`}. {formatCount(month.statements ?? 0)}{' '}
      {month.statements === 1 ? 'statement' : 'statements'}.
    </>
  );
}

function Close({ month }: { month: PeriodReply }) {
  const [open, setOpen] = useState(false);
  const close = useCloseMonth();
  const change = useChangeSearch();
  const name = monthLabel(month.period);
  return (
    <>
      <Button kind="primary" data-testid="close-month" onClick={() => setOpen(true)}>
        Close {name}
      </Button>
      <Dialog
        title={`Close ${name}?`}
        open={open}
        onClose={() => setOpen(false)}
        testId="close-dialog"
        className="w-[min(30rem,calc(100vw-2rem))]"
      >
        <p className="text-sm">
          {formatCount(month.totals.billable)} billable clicks for {formatMoney(month.totals.cost_micros)}{' '}
          become {statementsText(month)}, calculated from the ledger.
        </p>
        <ul className="mt-3 list-disc space-y-1 pl-5 text-sm text-muted">
          <li>This cannot be undone. Statements never change.</li>
          <li>Late clicks and later fraud findings are billed as corrections in the next month.</li>
          <li>The currency and the billing time zone become final.</li>
        </ul>
        {close.error && (
          <p role="alert" className="mt-3 text-sm text-crit">
            {explain(close.error).hint}
          </p>
        )}
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button
            kind="primary"
            data-testid="close-confirm"
            disabled={close.isPending}
            onClick={() => {
              // Closed, it is no longer the one that is shown by itself.
              void change({ month: month.period }, { replace: true });
              close.mutate(month.period, { onSuccess: () => setOpen(false) });
            }}
          >
            {close.isPending ? 'Closing…' : `Close ${name}`}
          </Button>
        </div>
      </Dialog>
    </>
  );
}

/** How many statements a month becomes; not more than that it is one per advertiser while some are not loaded. */
function statementsText({ advertisers, next_after }: PeriodReply): string {
  if (next_after !== null) return 'one statement per advertiser';
  if (advertisers.length === 1) return 'one statement';
  return `${formatCount(advertisers.length)} statements, one per advertiser`;
}
