import type { ClickStory } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { nameAndId, useLabels } from '../../analytics/names.js';
import { type Dates, datesOf } from '../../lib/dates.js';
import { formatCount, formatMs, formatPrice } from '../../lib/format.js';
import { countryName, ruleLabel, valueLabel } from '../../lib/labels.js';
import { carryView, keepView } from '../../state/search.js';
import { amountText, STATUS_LABELS } from '../conversions/conversion-text.js';
import { Evidence } from './Evidence.js';
import { Step, type StepState } from './Step.js';
import { Verdict } from './Verdict.js';

const count = (n: number) => `${formatCount(n)} ${n === 1 ? 'click' : 'clicks'}`;

/** What happened to a click, in the order in which it happened. */
export function Story({ story, zone }: { story: ClickStory; zone: string }) {
  const { click, guard, rules, ledger } = story;
  const dates = datesOf(zone);
  return (
    <ol data-testid="story-steps" data-analytics={story.analytics} data-relay={story.relay.state}>
      <Received click={click} dates={dates} />
      <Step title="Duplicate check" state={guard.answered ? 'done' : 'warn'} summary={guardSummary(guard)} />
      <Step
        title="Fraud rules"
        state={click.is_fraudulent ? 'bad' : 'done'}
        summary={<Verdict click={click} />}
      >
        {rules.map((one) => (
          <Evidence key={one.rule} {...one} />
        ))}
        {rules.length === 0 && <p className="text-muted">No rule matched.</p>}
      </Step>
      <Step
        title="Ledger"
        state="done"
        summary={`Committed in batch ${ledger.batch_id} (${count(ledger.batch_clicks)}).`}
      >
        <Facts>
          <Fact label="Cost">
            {formatPrice(click.cost_micros)}
            {click.is_fraudulent && <span className="text-muted"> · not billed</span>}
          </Fact>
        </Facts>
      </Step>
      {story.adjustments.map((adjustment) => (
        <Adjusted key={adjustment.made_at} adjustment={adjustment} dates={dates} />
      ))}
      <Relayed story={story} dates={dates} />
      <Counted state={story.analytics} />
      {story.conversions.length > 0 && <Converted conversions={story.conversions} dates={dates} />}
    </ol>
  );
}

function guardSummary({ answered, rules_not_run }: ClickStory['guard']): string {
  const notRun = rules_not_run.map(ruleLabel).join(' and ');
  if (!answered) return `Unavailable. The ledger found the click new, and ${notRun} did not run.`;
  const counted = 'First time seen. Added to rate counters.';
  return notRun === '' ? counted : `${counted} The visitor is unknown, so ${notRun} did not run.`;
}

function Received({ click, dates }: { click: ClickStory['click']; dates: Dates }) {
  const labelOf = useLabels(true, click.link_id !== null);
  const named = (dimension: 'campaign_id' | 'ad_id' | 'advertiser_id', id: string) =>
    nameAndId(labelOf(dimension, id), id);
  const lateMs = Date.parse(click.received_at) - Date.parse(click.clicked_at);
  return (
    <Step
      title="Received"
      state="done"
      summary={`${dates.exact(Date.parse(click.received_at))}${lateMs > 0 ? `, ${formatMs(lateMs)} after the click` : ''}`}
    >
      <Facts>
        <Fact label="Clicked at">{dates.exact(Date.parse(click.clicked_at))}</Fact>
        <Fact label="Campaign">{named('campaign_id', click.campaign_id)}</Fact>
        <Fact label="Ad">{named('ad_id', click.ad_id)}</Fact>
        <Fact label="Advertiser">{named('advertiser_id', click.advertiser_id)}</Fact>
        <Fact label="User">
          {click.user_id ?? 'None'}{' '}
          {click.user_id && <AllOf search={{ user_id: click.user_id }}>View all clicks by this user</AllOf>}
        </Fact>
        <Fact label="IP hash">
          {click.ip_hash ?? 'None'}{' '}
          {click.ip_hash && (
            <AllOf search={{ ip_hash: click.ip_hash }}>View all clicks from this address</AllOf>
          )}
        </Fact>
        <Fact label="Country">{countryName(click.country)}</Fact>
        <Fact label="Device">
          {[valueLabel('device_type', click.device_type), click.os, click.browser]
            .filter(Boolean)
            .join(' · ')}
        </Fact>
        <Fact label="Referrer">{click.referrer || 'None'}</Fact>
        {click.link_id && (
          <Fact label="Link">
            <Link
              to="/links/$linkId"
              params={{ linkId: click.link_id }}
              search={keepView}
              className="text-accent underline underline-offset-2"
            >
              {labelOf('link_id', click.link_id)}
            </Link>
          </Fact>
        )}
        {Object.entries(click.landing).map(([name, value]) => (
          <Fact key={name} label={name}>
            {value}
          </Fact>
        ))}
        <Fact label="User agent">{click.user_agent || 'None'}</Fact>
      </Facts>
    </Step>
  );
}

/** A verdict that came later. */
function Adjusted({ adjustment, dates }: { adjustment: ClickStory['adjustments'][number]; dates: Dates }) {
  const { is_fraudulent: isFraudulent, reason, evidence, made_at, made_by, is_deferred } = adjustment;
  const when = dates.exact(Date.parse(made_at));
  const deferred = is_deferred
    ? ' Its billing period was closed, so the correction counts on the date it was made.'
    : '';
  const verdict = isFraudulent ? `Flagged: ${ruleLabel(reason ?? '')}` : 'No longer flagged';
  return (
    <Step
      title="Correction"
      state={isFraudulent ? 'bad' : 'done'}
      summary={`${verdict}, on ${when}, by ${ruleLabel(made_by)}.${deferred}`}
    >
      {reason !== null ? (
        <Evidence rule={reason} decided={isFraudulent} in_shadow={false} evidence={evidence} />
      ) : (
        typeof evidence.note === 'string' && <p>{evidence.note}</p>
      )}
    </Step>
  );
}

function Relayed({ story: { relay }, dates }: { story: ClickStory; dates: Dates }) {
  const chunk = `chunk ${relay.chunk_id} (${count(relay.chunk_clicks ?? 0)})`;
  const looks: Record<ClickStory['relay']['state'], [StepState, string]> = {
    waiting: ['open', 'Waiting for the next chunk.'],
    sending: ['open', `Being delivered in ${chunk}.`],
    delivered: ['done', `Delivered in ${chunk}.`],
    set_aside: [
      'bad',
      `Dead letter: reporting refused ${chunk} (${relay.reason || 'no reason given'}). It can be replayed.`,
    ],
  };
  const [state, summary] = looks[relay.state];
  return (
    <Step title="Relay" state={state} summary={summary}>
      <Facts>
        {relay.chunk_created_at && (
          <Fact label="Chunk created">{dates.exact(Date.parse(relay.chunk_created_at))}</Fact>
        )}
        {relay.delivered_at && <Fact label="Delivered">{dates.exact(Date.parse(relay.delivered_at))}</Fact>}
      </Facts>
    </Step>
  );
}

function Counted({ state }: { state: ClickStory['analytics'] }) {
  const looks: Record<ClickStory['analytics'], [StepState, string]> = {
    present: ['done', 'Included in all figures.'],
    absent: ['open', 'Not included yet.'],
    unknown: ['warn', 'Temporarily unavailable. The ledger keeps the click.'],
  };
  const [step, summary] = looks[state];
  return <Step title="Reporting" state={step} summary={summary} />;
}

/** What the click led to. */
function Converted({ conversions, dates }: { conversions: ClickStory['conversions']; dates: Dates }) {
  const count = conversions.filter((one) => one.is_attributed).length;
  return (
    <Step
      title="Conversions"
      state={count > 0 ? 'done' : 'warn'}
      summary={
        count > 0 ? `${formatCount(count)} attributed to this click.` : 'None while this click is flagged.'
      }
    >
      <ul>
        {conversions.map((one) => (
          <li key={one.conversion_id} className="flex flex-wrap gap-x-2">
            <Link
              to="/conversions"
              search={
                ((before: Record<string, unknown>) => ({
                  ...carryView(before),
                  conversion: one.conversion_id,
                })) as never
              }
              className="text-accent hover:underline"
            >
              {one.action}
            </Link>
            <span className="text-muted">
              {dates.second(Date.parse(one.converted_at))} · {STATUS_LABELS[one.status]}
            </span>
            {amountText(one.value_micros, one.currency)}
          </li>
        ))}
      </ul>
    </Step>
  );
}

/** To the click log, narrowed to whom this click is of. */
const AllOf = ({ search, children }: { search: Record<string, string>; children: string }) => (
  <Link
    to="/clicks"
    search={((before: Record<string, unknown>) => ({ ...carryView(before), ...search })) as never}
    className="mr-2 inline-block text-accent underline underline-offset-2"
  >
    {children}
  </Link>
);

const Facts = ({ children }: { children: ReactNode }) => (
  <dl className="grid gap-x-4 gap-y-1 sm:grid-cols-[8rem_minmax(0,1fr)]">{children}</dl>
);

const Fact = ({ label, children }: { label: string; children: ReactNode }) => (
  <>
    <dt className="text-muted">{label}</dt>
    <dd className="min-w-0 break-words max-sm:mb-1">{children}</dd>
  </>
);
