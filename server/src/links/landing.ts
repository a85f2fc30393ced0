import { cutText, LANDING_PARAMETERS, LIMITS, PLATFORM_CLICK_IDS, stripControl } from '@clickledger/contract';
import type { Parameter } from './parameters.js';

const STORED: ReadonlySet<string> = new Set(LANDING_PARAMETERS);
const OF_PERSONS: ReadonlySet<string> = new Set(PLATFORM_CLICK_IDS);

/** What is stored with a click of a link without parameters. */
export const landingOf = (linkId: string): string => JSON.stringify({ link_id: linkId });

/**
 * What is stored with a click: the link, and those of its parameters that ad platforms and campaigns use, each once, cut, and in all no
 * more than `LIMITS.landingBytesMax`.
 *
 * @param isPrivate without the ids of ad platforms, which stand for the person
 */
export function landingWith(linkId: string, parameters: readonly Parameter[], isPrivate: boolean): string {
  const landing: Record<string, string> = { link_id: linkId };
  let left = LIMITS.landingBytesMax - Buffer.byteLength(landingOf(linkId));
  for (const [name, sent] of parameters) {
    if (!STORED.has(name) || Object.hasOwn(landing, name) || (isPrivate && OF_PERSONS.has(name))) continue;
    const value = cutText(stripControl(sent), LIMITS.landingValueLengthMax);
    const bytes = Buffer.byteLength(JSON.stringify({ [name]: value })) - 1;
    if (value === '' || bytes > left) continue;
    left -= bytes;
    landing[name] = value;
  }
  return JSON.stringify(landing);
}
