import type { LinkInForce } from './link-in-force.js';

/**
 * Where the parameter `url` of a link may send people: to a host on the link's list, and over https unless the link says otherwise. It is
 * read as browsers read it, and written anew, so that nothing of it can mean another host. Null: nowhere.
 */
export function downstreamOf(
  text: string,
  { allowedHosts, allowHttp }: Pick<LinkInForce, 'allowedHosts' | 'allowHttp'>,
): URL | null {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) return null;
  if (url.username !== '' || url.password !== '') return null;
  return allowedHosts.has(url.host) ? url : null;
}
