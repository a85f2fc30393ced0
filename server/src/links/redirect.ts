import type { IncomingHttpHeaders } from 'node:http';
import { type ClickInput, cutText, LIMITS, type LinkMacro, stripControl } from '@clickledger/contract';
import { Counter, type Registry } from 'prom-client';
import type { Click } from '../click/click.js';
import type { PrepareClick } from '../ingest/prepare.js';
import { isPrefetch } from '../lib/prefetch.js';
import { downstreamOf } from './downstream.js';
import { landingWith } from './landing.js';
import type { LinkInForce, OutOfForce } from './link-in-force.js';
import type { LinksInForce } from './links-in-force.js';
import { encoded, firstValue, type Parameter, pairOf, parametersOf } from './parameters.js';
import { isPreview } from './previews.js';
import { isSigned } from './signature.js';
import type { StoreClick } from './store-click.js';

/** Somebody follows a link. */
export interface Visit {
  method: string;
  slug: string;
  /** Without the question mark, as it was sent. */
  query: string;
  headers: IncomingHttpHeaders;
  /** Behind the proxies that are trusted; null when unknown. */
  address: string | null;
  requestId: string;
}

export interface Redirection {
  /** ASCII. */
  location: string;
  referrerPolicy: string;
  /** Resolves when the redirect may be answered; never rejects. Null: at once. */
  safe: Promise<void> | null;
}

/** Null: there is no such link, or none that is in force. */
export type FollowLink = (visit: Visit) => Redirection | null;

export interface RedirectParts {
  links: LinksInForce;
  prepare: PrepareClick;
  storeClick: StoreClick;
  /** Whether the click is to be stored without user and address. */
  isPrivate: (tenantId: number, headers: IncomingHttpHeaders) => boolean;
  now: () => number;
  /** From 0 to 1, 1 excluded. */
  random: () => number;
  registry: Registry;
}

type Outcome = 'counted' | 'preview' | 'fallback' | 'none';

/**
 * Makes the step from a request for a link to its redirect:
 *
 *     link in memory ─▶ in force? ─▶ click ─▶ destination ─▶ commit, or journal ─▶ 302
 *         │ none          │ no                                     (store-click.ts)
 *        404           fallback, or 404
 *
 * Who is flagged is redirected like everybody else: nobody learns from a redirect what the rules see.
 */
export function makeRedirect(parts: RedirectParts): FollowLink {
  const { links, prepare, storeClick, isPrivate, now, random } = parts;
  const totals: Record<Outcome, number> = { counted: 0, preview: 0, fallback: 0, none: 0 };
  new Counter({
    name: 'clickledger_redirects_total',
    help: 'Requests for links: counted ones bring a click; previews and prefetches, fallbacks, and unknown links (none) do not.',
    labelNames: ['outcome'],
    registers: [parts.registry],
    collect() {
      this.reset();
      for (const outcome of Object.keys(totals) as Outcome[]) this.inc({ outcome }, totals[outcome]);
    },
  });

  function outOfForce(link: LinkInForce, { slug, query }: Visit, nowMs: number): OutOfForce | null {
    if (link.keys !== null && !isSigned(link.keys, slug, query, nowMs)) return 'unsigned';
    // Who pays for no more clicks, and has nowhere else to send people, gets them all the same.
    if (link.fallback !== null && links.isOverBudget(link)) return 'over_budget';
    return link.outOfForceAt(nowMs);
  }

  return function follow(visit) {
    const { method, headers, address, requestId } = visit;
    const link = links.find(headers.host ?? '', visit.slug);
    const nowMs = now();
    const why = link ? outOfForce(link, visit, nowMs) : null;
    if (!link || (why !== null && link.fallback === null)) {
      totals.none++;
      return null;
    }
    const { tenantId, referrerPolicy } = link;
    const parameters = parametersOf(visit.query);
    const isWithout = isPrivate(tenantId, headers);
    const click = prepare(inputOf(link, headers), {
      tenantId,
      nowMs,
      address,
      userAgentHeader: '',
      derivedClickId: null,
      isImport: false,
      isPrivate: isWithout,
    }) as Click;
    if (why !== null) {
      totals.fallback++;
      return { location: write(link, null, click, parameters), referrerPolicy, safe: null };
    }
    const location = write(link, random(), click, parameters);
    if (method === 'HEAD' || isPrefetch(visit) || isPreview(click.userAgent)) {
      totals.preview++;
      return { location, referrerPolicy, safe: null };
    }
    totals.counted++;
    click.landing = parameters.length === 0 ? link.landing : landingWith(link.linkId, parameters, isWithout);
    return { location, referrerPolicy, safe: storeClick(click, requestId) };
  };
}

/** The user agent is that of who clicked: no server reports a click for somebody here. */
function inputOf({ adId, campaignId, advertiserId }: LinkInForce, headers: IncomingHttpHeaders): ClickInput {
  const { referer, 'user-agent': userAgent } = headers;
  const input: ClickInput = { ad_id: adId, campaign_id: campaignId, advertiser_id: advertiserId };
  if (userAgent !== undefined) input.user_agent = userAgent;
  if (referer !== undefined) input.referrer = cutText(stripControl(referer), LIMITS.referrerLengthMax);
  return input;
}

/** Parameters that say something to the redirect itself are not passed on. */
const isForRedirect = (name: string, link: LinkInForce): boolean =>
  (link.keys !== null && (name === 'exp' || name === 'sig')) ||
  (link.allowedHosts.size > 0 && name === 'url');

/** @param random chooses the destination; null: the fallback */
function write(
  link: LinkInForce,
  random: number | null,
  click: Click,
  parameters: readonly Parameter[],
): string {
  const idPair = link.clickIdParameter === null ? '' : pairOf(link.clickIdParameter, click.clickId);
  const asked = random !== null && link.allowedHosts.size > 0 ? firstValue(parameters, 'url') : null;
  const downstream = asked === null ? null : downstreamOf(asked, link);
  if (downstream !== null) {
    if (idPair !== '') downstream.search += `${downstream.search === '' ? '?' : '&'}${idPair}`;
    return downstream.href;
  }
  const destination =
    random === null && link.fallback !== null ? link.fallback : link.destination(random ?? 0);
  const passed = link.passParameters
    ? parameters
        .filter(
          ([name]) => !isForRedirect(name, link) && name !== link.clickIdParameter && !destination.has(name),
        )
        .map(([name, value]) => pairOf(name, value))
    : [];
  const appended = idPair === '' ? passed : [...passed, idPair];
  return destination.write((macro) => macroValue(macro, click, parameters), appended.join('&'));
}

function macroValue(macro: LinkMacro, click: Click, parameters: readonly Parameter[]): string {
  switch (macro) {
    case 'click_id':
      return click.clickId;
    case 'campaign_id':
      return encoded(click.campaignId);
    case 'ad_id':
      return encoded(click.adId);
    case 'advertiser_id':
      return encoded(click.advertiserId);
    case 'country':
      return click.country;
    case 'device_type':
      return click.deviceType;
    case 'os':
      return encoded(click.os);
    case 'browser':
      return encoded(click.browser);
    case 'timestamp':
      return String(Math.floor(click.clickedAtMs / 1_000));
    default:
      return encoded(firstValue(parameters, macro) ?? '');
  }
}
