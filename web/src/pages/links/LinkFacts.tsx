import type { Link as TrackingLink } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { nameAndId, useLabels } from '../../analytics/names.js';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { formatShare } from '../../lib/format.js';
import { serverNow } from '../../state/now.js';
import { keepView } from '../../state/search.js';
import { useView } from '../../state/view.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { FormError } from '../../ui/FormError.js';
import { StatusSelect } from '../campaigns/StatusSelect.js';
import { LinkStatus } from './LinkStatus.js';
import { shareOf } from './link-draft.js';
import { useChangeLink } from './link-queries.js';
import { linkUrl, stateOf } from './link-url.js';
import { SigningKeys } from './SigningKeys.js';

/** What a link is: its address, where it leads, of which ad, and when. */
export function LinkFacts({ link }: { link: TrackingLink }) {
  const { zone } = useView();
  const change = useChangeLink(link.link_id);
  const mayChange = useMay('PATCH /api/v1/links/:link_id');
  const dates = datesOf(zone);
  const at = (time: string | null) => (time === null ? null : dates.minute(Date.parse(time)));
  const limits = [
    link.starts_at && `from ${at(link.starts_at)}`,
    link.ends_at && `until ${at(link.ends_at)}`,
  ].filter(Boolean);
  return (
    <section className="card p-4" aria-label="Link" data-testid="link-facts">
      <dl className="grid gap-x-8 gap-y-4 text-sm sm:grid-cols-2 xl:grid-cols-4">
        <Fact label="Tracking link" wide>
          <span className="flex flex-wrap items-center gap-x-2">
            <code className="min-w-0 break-all font-mono text-[0.8125rem]" data-testid="tracking-url">
              {linkUrl(link)}
            </code>
            <CopyButton text={linkUrl(link)} what="tracking link" />
          </span>
        </Fact>
        <Fact label="Campaign · ad">
          <AdOf link={link} />
        </Fact>
        <Fact label="Status">
          <span className="flex flex-wrap items-center gap-2">
            {mayChange && (
              <StatusSelect
                status={link.status}
                disabled={change.isPending}
                onChange={(status) => change.mutate({ status })}
              />
            )}
            {(!mayChange || stateOf(link, serverNow()) !== link.status) && (
              <LinkStatus link={link} zone={zone} />
            )}
            {limits.length > 0 && <span className="text-muted">{limits.join(' ')}</span>}
          </span>
          <FormError error={change.error} />
        </Fact>
        <Fact label={link.destinations.length > 1 ? 'Destinations' : 'Destination'} wide>
          <ul className="space-y-1" data-testid="destinations">
            {link.destinations.map(({ url, weight }, index) => (
              <li key={index} className="flex gap-3">
                {link.destinations.length > 1 && (
                  <span className="w-12 shrink-0 text-right text-muted">
                    {formatShare(
                      shareOf(
                        String(weight),
                        link.destinations.map((one) => ({ weight: String(one.weight) })),
                      ),
                    )}
                  </span>
                )}
                <code className="min-w-0 break-all font-mono text-[0.8125rem]">{url}</code>
              </li>
            ))}
          </ul>
        </Fact>
        <Fact label="Fallback">
          {link.fallback_url ? (
            <code className="break-all font-mono text-[0.8125rem]">{link.fallback_url}</code>
          ) : (
            <span className="text-muted">None</span>
          )}
        </Fact>
        <Fact label="Options">{optionsText(link)}</Fact>
      </dl>
      {link.signing === 'required' && <SigningKeys link={link} />}
    </section>
  );
}

function Fact({ label, wide, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={wide ? 'min-w-0 sm:col-span-2' : 'min-w-0'}>
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  );
}

/** The ad of a link, and the way to it. */
function AdOf({ link: { campaign_id: campaignId, ad_id: adId } }: { link: TrackingLink }) {
  const labelOf = useLabels();
  const ad = labelOf('ad_id', adId);
  if (campaignId === null) return <span title={adId}>{ad}</span>;
  const campaign = labelOf('campaign_id', campaignId);
  return (
    <Link
      to="/campaigns/$campaignId/ads/$adId"
      params={{ campaignId, adId }}
      search={keepView}
      className="block truncate text-accent hover:underline"
      title={nameAndId(`${campaign} · ${ad}`, `${campaignId} · ${adId}`)}
    >
      {campaign} · {ad}
    </Link>
  );
}

/** What is not as it is by default. */
function optionsText(link: TrackingLink): string {
  const options = [
    link.pass_parameters && 'passes query parameters',
    link.click_id_parameter && `appends the click ID as ${link.click_id_parameter}`,
    link.allowed_hosts.length > 0 && `may lead on to ${link.allowed_hosts.join(', ')}`,
    link.allow_http && 'allows http',
    link.signing === 'required' && 'requires a signature',
  ].filter(Boolean) as string[];
  const text = options.join(', ');
  return text === '' ? 'Default' : text.charAt(0).toUpperCase() + text.slice(1);
}
