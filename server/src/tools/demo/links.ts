import type { LinksReply, NewLink } from '@clickledger/contract';
import { landingWith } from '../../links/landing.js';
import { ADVERTISERS, adId, CAMPAIGNS } from './catalogue.js';
import type { DemoClick } from './month.js';
import { DAYS } from './plan.js';

/** The advertisers that put tracking links behind their ads; the others send their clicks themselves. */
const LINKED: ReadonlySet<string> = new Set(['adv-northpeak', 'adv-quillbook']);

/** A request to the server: GET without a body, POST with one. */
export type Call = <T>(path: string, body?: unknown) => Promise<T>;

/** Makes a link for each ad of those advertisers that has none. Returns the ids of links by ad. */
export async function setUpLinks(call: Call): Promise<ReadonlyMap<string, string>> {
  const links = new Map<string, string>();
  for (const campaign of CAMPAIGNS.filter(({ advertiserId }) => LINKED.has(advertiserId)))
    for (const [k, name] of campaign.ads.entries()) {
      const id = adId(campaign, k);
      const { data } = await call<LinksReply>(`links?ad_id=${encodeURIComponent(id)}&limit=1`);
      const link = data[0] ?? (await call<LinksReply['data'][number]>('links', linkOf(campaign, id, name)));
      links.set(id, link.link_id);
    }
  return links;
}

function linkOf(campaign: (typeof CAMPAIGNS)[number], id: string, name: string): Partial<NewLink> {
  const shop = `https://${campaign.advertiserId.replace('adv-', '')}.example`;
  return {
    ad_id: id,
    slug: id,
    name: `${ADVERTISERS[campaign.advertiserId]}: ${name}`,
    destinations: [{ url: `${shop}/${campaign.campaignId}?utm_campaign={campaign_id}`, weight: 1 }],
    fallback_url: `${shop}/`,
    click_id_parameter: 'click_id',
    status: campaign.toDay >= DAYS ? 'active' : 'ended',
  };
}

/** What a click of these ads brings of its link: the publisher as `utm_source`, the campaign as `utm_campaign`. */
export function demoLandings(links: ReadonlyMap<string, string>): (click: DemoClick) => string | undefined {
  const made = new Map<string, string>();
  return ({ input }) => {
    const linkId = links.get(input.ad_id);
    if (linkId === undefined) return undefined;
    const key = `${input.ad_id} ${input.referrer}`;
    let landing = made.get(key);
    if (landing === undefined) {
      landing = landingWith(linkId, parametersOf(input), false);
      made.set(key, landing);
    }
    return landing;
  };
}

const parametersOf = ({ referrer = '', campaign_id }: DemoClick['input']): [string, string][] => [
  ['utm_source', referrer === '' ? 'direct' : new URL(referrer).hostname],
  ['utm_medium', referrer.includes('search') ? 'cpc' : 'display'],
  ['utm_campaign', campaign_id],
];
