import type { LinkMacro } from '@clickledger/contract';
import { Destination } from './destination.js';
import { landingOf } from './landing.js';
import type { StoredLink } from './read-links.js';

/** Why a link sends nobody to its destinations now. */
export type OutOfForce = 'not_active' | 'not_started' | 'ended' | 'over_budget' | 'unsigned';

/** A link as redirects need it: everything about it that can be known before somebody follows it. */
export class LinkInForce {
  readonly tenantId: number;
  readonly linkId: string;
  readonly slug: string;
  readonly adId: string;
  readonly campaignId: string;
  readonly advertiserId: string;
  readonly fallback: Destination | null;
  readonly passParameters: boolean;
  readonly clickIdParameter: string | null;
  readonly referrerPolicy: string;
  readonly allowHttp: boolean;
  readonly allowedHosts: ReadonlySet<string>;
  /** Null: it needs no signature. */
  readonly keys: readonly string[] | null;
  /** What is stored with a click without parameters. */
  readonly landing: string;
  readonly #isActive: boolean;
  readonly #startsAtMs: number;
  readonly #endsAtMs: number;
  readonly #destinations: readonly Destination[];
  /** The sum of the weights up to each destination. */
  readonly #upTo: readonly number[];

  constructor(link: StoredLink) {
    this.tenantId = link.tenant_id;
    this.linkId = link.link_id;
    this.slug = link.slug;
    this.adId = link.ad_id;
    this.campaignId = link.campaign_id ?? '';
    this.advertiserId = link.advertiser_id ?? '';
    this.fallback = link.fallback_url === null ? null : new Destination(link.fallback_url);
    this.passParameters = link.pass_parameters;
    this.clickIdParameter = link.click_id_parameter;
    this.referrerPolicy = link.referrer_policy;
    this.allowHttp = link.allow_http;
    this.allowedHosts = new Set(link.allowed_hosts);
    this.keys = link.signing === 'required' ? link.signing_keys : null;
    this.landing = landingOf(link.link_id);
    this.#isActive = [link.status, link.ad_status, link.campaign_status].every((one) => one === 'active');
    this.#startsAtMs = link.starts_at_ms ?? Number.NEGATIVE_INFINITY;
    this.#endsAtMs = link.ends_at_ms ?? Number.POSITIVE_INFINITY;
    this.#destinations = link.destinations.map(({ url }) => new Destination(url));
    let sum = 0;
    this.#upTo = link.destinations.map(({ weight }) => (sum += weight));
  }

  /** Null: it is in force. */
  outOfForceAt(nowMs: number): OutOfForce | null {
    if (!this.#isActive) return 'not_active';
    if (nowMs < this.#startsAtMs) return 'not_started';
    return nowMs >= this.#endsAtMs ? 'ended' : null;
  }

  /**
   * One of the destinations, by their weights.
   *
   * @param random from 0 to 1, 1 excluded
   */
  destination(random: number): Destination {
    const at = random * (this.#upTo.at(-1) ?? 0);
    const chosen = this.#upTo.length === 1 ? 0 : this.#upTo.findIndex((upTo) => at < upTo);
    return this.#destinations[Math.max(0, chosen)] as Destination;
  }
}

export type MacroValues = (macro: LinkMacro) => string;
