import type { ConversionStory } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { nameAndId, useLabels } from '../../analytics/names.js';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { formatSeconds } from '../../lib/format.js';
import { carryView } from '../../state/search.js';
import { ClickPath } from './ClickPath.js';
import { ConversionStatus } from './ConversionRows.js';
import {
  amountText,
  causeLabel,
  reasonHint,
  reasonLabel,
  STATUS_LABELS,
  sourceLabel,
} from './conversion-text.js';

type Parts = { story: ConversionStory; zone: string };

/** What was sent, what it is attributed to or why to nothing, its clicks, and how that changed. */
export const ConversionDetails = (parts: Parts) => (
  <div
    className="space-y-5 text-sm"
    data-testid="conversion-story"
    data-status={parts.story.conversion.status}
  >
    <Attribution {...parts} />
    <Sent {...parts} />
    <Section title="Clicks that led to it">
      <ClickPath path={parts.story.path} currency={parts.story.conversion.currency} zone={parts.zone} />
    </Section>
    <Revisions {...parts} />
  </div>
);

/** Where it stands, with the click or the reason. */
function Attribution({ story: { conversion, windows }, zone }: Parts) {
  const dates = datesOf(zone);
  const labelOf = useLabels();
  const { status, reason, campaign_id: campaignId, ad_id: adId, clicked_at: clickedAt } = conversion;
  const seconds = clickedAt && (Date.parse(conversion.converted_at) - Date.parse(clickedAt)) / 1_000;
  return (
    <Section title="Attribution">
      <p className="font-medium">
        <ConversionStatus of={conversion} />
      </p>
      {reason && <p className="mt-1">{reasonHint(reason) ?? reasonLabel(reason)}</p>}
      {status === 'waiting' && (
        <p className="mt-1">
          A click may still arrive until {dates.minute(Date.parse(conversion.give_up_at))}. It is then
          attributed by itself.
        </p>
      )}
      <Facts>
        <Fact label="Value">{amountText(conversion.value_micros, conversion.currency) || 'None'}</Fact>
        {campaignId && adId && (
          <Fact label="Campaign · ad">
            <Link
              to="/campaigns/$campaignId/ads/$adId"
              params={{ campaignId, adId }}
              search={carryView as never}
              className="text-accent hover:underline"
              title={nameAndId(
                `${labelOf('campaign_id', campaignId)} · ${labelOf('ad_id', adId)}`,
                `${campaignId} · ${adId}`,
              )}
            >
              {labelOf('campaign_id', campaignId)} · {labelOf('ad_id', adId)}
            </Link>
          </Fact>
        )}
        {conversion.click_id && (
          <Fact label="Click">
            <ClickLink id={conversion.click_id} />
          </Fact>
        )}
        {typeof seconds === 'number' && <Fact label="Time to convert">{formatSeconds(seconds)}</Fact>}
        <Fact label="Windows">
          {windows.click_window_days} days by click ID, {windows.user_window_days} days by user
        </Fact>
      </Facts>
    </Section>
  );
}

/** What came in. */
function Sent({ story: { conversion }, zone }: Parts) {
  const dates = datesOf(zone);
  return (
    <Section title="Received">
      <Facts>
        <Fact label="Received">
          {dates.exact(Date.parse(conversion.received_at))} by {sourceLabel(conversion.source)},{' '}
          {conversion.made_by}
        </Fact>
        <Fact label="Converted at">{dates.exact(Date.parse(conversion.converted_at))}</Fact>
        <Fact label="Action">{conversion.action}</Fact>
        <Fact label="Order ID">{conversion.order_id ?? 'None'}</Fact>
        <Fact label="Click ID sent">
          {conversion.given_click_id ? <ClickLink id={conversion.given_click_id} /> : 'None'}
        </Fact>
        <Fact label="User ID sent">{conversion.given_user_id ?? 'None'}</Fact>
      </Facts>
    </Section>
  );
}

/** Each state that it had. */
function Revisions({ story: { revisions }, zone }: Parts) {
  const dates = datesOf(zone);
  return (
    <Section title="History">
      <ul className="divide-y divide-line" data-testid="revisions">
        {revisions.map((one) => (
          <li key={one.revision} className="grid gap-x-4 py-1.5 sm:grid-cols-[11rem_minmax(0,1fr)]">
            <p className="text-muted">{dates.second(Date.parse(one.made_at))}</p>
            <p className="break-words">
              <span className="font-medium">{causeLabel(one.cause)}</span>: {STATUS_LABELS[one.status]}
              {one.reason && `, ${reasonLabel(one.reason).toLowerCase()}`}
              {one.value_micros > 0 && ` · ${amountText(one.value_micros, one.currency)}`}
              {one.click_id && (
                <>
                  {' · click '}
                  <ClickLink id={one.click_id} />
                  {one.matched_by === 'user_id' && ', found by user'}
                </>
              )}
              {one.is_deferred && '. Its billing period was closed, so it counts on the date of the change.'}
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** To a click's details, for those who may read them. */
export function ClickLink({ id }: { id: string }) {
  const mayRead = useMay('GET /api/v1/clicks/:click_id');
  const text = <code className="font-mono text-xs break-all">{id}</code>;
  if (!mayRead) return text;
  return (
    <Link
      to="/clicks"
      search={
        ((before: Record<string, unknown>) => ({ ...carryView(before), click_id: id, click: id })) as never
      }
      className="text-accent hover:underline"
    >
      {text}
    </Link>
  );
}

const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <section>
    <h3 className="mb-1 font-semibold">{title}</h3>
    {children}
  </section>
);
const Facts = ({ children }: { children: ReactNode }) => (
  <dl className="mt-1 grid gap-x-4 gap-y-1 sm:grid-cols-[8rem_minmax(0,1fr)]">{children}</dl>
);
const Fact = ({ label, children }: { label: string; children: ReactNode }) => (
  <>
    <dt className="text-muted">{label}</dt>
    <dd className="min-w-0 break-words max-sm:mb-1">{children}</dd>
  </>
);
