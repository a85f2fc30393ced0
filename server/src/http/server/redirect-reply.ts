import type { Redirection } from '../../links/redirect.js';

/** The fields of a redirect. It is asked for again each time: a click is not for a cache, nor a link for a search engine. */
export const redirectFields = ({ location, referrerPolicy }: Redirection) => ({
  location,
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex',
  'referrer-policy': referrerPolicy,
});
