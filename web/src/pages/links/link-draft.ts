import type { Link, LinkChange, NewLink } from '@clickledger/contract';
import { fromLocalInput, toLocalInput } from '../../lib/local-time.js';

/** A link as its form has it: texts, as typed. */
export interface LinkDraft {
  name: string;
  /** Of a new link; neither can be changed. */
  slug: string;
  host: string;
  destinations: readonly { url: string; weight: string }[];
  /** Of the zone of the view, as `datetime-local` inputs have it; empty: no limit. */
  startsAt: string;
  endsAt: string;
  fallbackUrl: string;
  passes: boolean;
  clickIdParameter: string;
  referrerPolicy: Link['referrer_policy'];
  allowsHttp: boolean;
  /** Separated by commas or spaces. */
  allowedHosts: string;
  isSigned: boolean;
}

export const NEW_DESTINATION = { url: '', weight: '1' };

export const NEW_LINK: LinkDraft = {
  name: '',
  slug: '',
  host: '',
  destinations: [NEW_DESTINATION],
  startsAt: '',
  endsAt: '',
  fallbackUrl: '',
  passes: false,
  clickIdParameter: '',
  referrerPolicy: 'strict-origin-when-cross-origin',
  allowsHttp: false,
  allowedHosts: '',
  isSigned: false,
};

/** The form of a link that there is. */
export function draftOf(link: Link, zone: string): LinkDraft {
  const local = (time: string | null) => (time === null ? '' : toLocalInput(Date.parse(time), zone));
  return {
    name: link.name ?? '',
    slug: link.slug,
    host: link.host,
    destinations: link.destinations.map(({ url, weight }) => ({ url, weight: String(weight) })),
    startsAt: local(link.starts_at),
    endsAt: local(link.ends_at),
    fallbackUrl: link.fallback_url ?? '',
    passes: link.pass_parameters,
    clickIdParameter: link.click_id_parameter ?? '',
    referrerPolicy: link.referrer_policy,
    allowsHttp: link.allow_http,
    allowedHosts: link.allowed_hosts.join(', '),
    isSigned: link.signing === 'required',
  };
}

const textOf = (text: string) => (text.trim() === '' ? null : text.trim());

/** What the API takes of a form, for a link that there is. */
function fieldsOf(draft: LinkDraft, adId: string, zone: string) {
  const timeOf = (text: string) => (text === '' ? null : new Date(fromLocalInput(text, zone)).toISOString());
  return {
    ad_id: adId,
    name: textOf(draft.name),
    destinations: draft.destinations.map(({ url, weight }) => ({ url: url.trim(), weight: Number(weight) })),
    starts_at: timeOf(draft.startsAt),
    ends_at: timeOf(draft.endsAt),
    fallback_url: textOf(draft.fallbackUrl),
    pass_parameters: draft.passes,
    click_id_parameter: textOf(draft.clickIdParameter),
    referrer_policy: draft.referrerPolicy,
    allow_http: draft.allowsHttp,
    allowed_hosts: draft.allowedHosts.split(/[\s,]+/).filter((host) => host !== ''),
    signing: draft.isSigned ? 'required' : 'none',
  } as const satisfies LinkChange;
}

/** What the API takes of the form of a new link; without a slug the server makes one. */
export function newLinkOf(draft: LinkDraft, adId: string, zone: string) {
  const slug = textOf(draft.slug);
  const fields = { ...fieldsOf(draft, adId, zone), host: draft.host };
  return (slug === null ? fields : { ...fields, slug }) satisfies Partial<NewLink>;
}

/** What a form changes of a link; a time that the form shows to the minute only is kept where it was not touched. */
export function changeOf(link: Link, draft: LinkDraft, adId: string, zone: string): LinkChange {
  const before = fieldsOf(draftOf(link, zone), link.ad_id, zone);
  const after = fieldsOf(draft, adId, zone);
  const names = Object.keys(after) as (keyof typeof after)[];
  return Object.fromEntries(
    names.flatMap((name) =>
      JSON.stringify(before[name]) === JSON.stringify(after[name]) ? [] : [[name, after[name]]],
    ),
  );
}

/** How often a destination is chosen, from 0 to 1. */
export function shareOf(weight: string, all: readonly { weight: string }[]): number {
  const sum = all.reduce((total, one) => total + (Number(one.weight) || 0), 0);
  return sum > 0 ? (Number(weight) || 0) / sum : 0;
}
