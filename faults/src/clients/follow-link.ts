import { sleep } from '@clickledger/server/lib/backoff.js';
import { LINK_PATH } from '../history.js';

const KNOWN_MS_MAX = 30_000;
const AD = 'ad-of-link';
const DESTINATION = 'https://shop.example/?cid=';

/** Makes the link that clients follow, and waits until every node knows it. */
export async function makeLink(urls: readonly string[]): Promise<void> {
  const send = async (method: string, path: string, body: object) => {
    const response = await fetch(`${urls[0]}/api/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  };
  await send('PUT', 'campaigns/campaign-of-link', { advertiser_id: 'advertiser-of-link' });
  await send('PUT', `ads/${AD}`, { campaign_id: 'campaign-of-link' });
  const destinations = [{ url: `${DESTINATION}{click_id}` }];
  await send('POST', 'links', { ad_id: AD, slug: LINK_PATH.replace('/r/', ''), destinations });
  for (const url of urls)
    for (const deadline = Date.now() + KNOWN_MS_MAX; ; await sleep(100)) {
      const { status } = await fetch(`${url}${LINK_PATH}`, { method: 'HEAD', redirect: 'manual' });
      if (status === 302) break;
      if (Date.now() > deadline) throw new Error(`${url} does not know the link: ${status}`);
    }
}

/**
 * Follows the link from a page, as a browser does: once.
 *
 * @returns with the id of the click, which the destination has; null when nobody was redirected
 */
export async function follow(
  url: string,
  page: string,
  address: string,
  waitMsMax: number,
): Promise<{ status: number; clickId: string | null }> {
  const { status, headers } = await fetch(`${url}${LINK_PATH}`, {
    redirect: 'manual',
    headers: { referer: page, 'x-forwarded-for': address },
    signal: AbortSignal.timeout(waitMsMax),
  });
  const location = headers.get('location') ?? '';
  const isRedirect = status === 302 && location.startsWith(DESTINATION);
  return { status, clickId: isRedirect ? location.slice(DESTINATION.length) : null };
}
