import type { Note } from '@clickledger/contract';
import type { Click } from '../../click/click.js';
import type { OpenFile } from '../import/formats.js';
import { kindText } from '../import/kind.js';
import { labelLines } from '../import/labels.js';
import type { ImportSummary } from '../import/summary.js';

/** Causes of bad lines that are named; and kinds of changed fields. */
const CAUSES_NAMED_MAX = 10;

/** What a file seems to be. */
export function openedLine(name: string, { kind, encoding, isGuess }: OpenFile): string {
  const guess = isGuess ? ' (a guess by its first bytes; --encoding names another)' : '';
  return `  ${name}: ${kindText(kind)}, ${encoding}${guess}`;
}

/** What became of a file. */
export function summaryLines(summary: ImportSummary, isDryRun: boolean): string[] {
  const { lines, accepted, duplicates, flagged, skipped, errors, noAddress, noVisitor } = summary;
  const news = isDryRun
    ? `${accepted} clicks would be stored`
    : `${accepted} new clicks (${flagged} flagged)`;
  const said = [
    `${lines} lines: ${news}, ${duplicates} counted before, ${skipped} no clicks, ${errors.count} bad`,
  ];
  if (noAddress > 0) {
    const nobody =
      noVisitor > 0 ? `; ${noVisitor} of them no user either, so nothing tells their visitors apart` : '';
    said.push(`${noAddress} clicks had no address${nobody}`);
  }
  for (const [what, { count, line, text }] of firstOf(Object.entries(summary.notes)))
    said.push(`${what}: ${count}, e.g. line ${line}: ${text}`);
  if (summary.labels) said.push(...labelLines(summary.labels));
  said.push(...causeLines(errors));
  return said.map((text) => `  ${text}`);
}

/** Why lines were bad, the most frequent causes first. */
export function causeLines({ causes }: ImportSummary['errors']): string[] {
  const said = causes
    .slice(0, CAUSES_NAMED_MAX)
    .map(({ count, line, message }) =>
      count === 1 ? `line ${line}: ${message}` : `${count} bad lines, the first is line ${line}: ${message}`,
    );
  const others = causes.length - CAUSES_NAMED_MAX;
  return others > 0 ? [...said, `… and ${others} other causes`] : said;
}

const firstOf = (notes: [string, ImportSummary['notes'][string]][]) =>
  notes.sort(([, one], [, other]) => other.count - one.count).slice(0, CAUSES_NAMED_MAX);

/** A click as it would be stored, and what of it was changed. */
export function clickLine(line: number, click: Click, notes: readonly Note[]): string {
  const { adId, campaignId, advertiserId, userId, clickedAtMs, ipHash, country, deviceType, os, browser } =
    click;
  const shown = {
    ad_id: adId,
    campaign_id: campaignId,
    advertiser_id: advertiserId,
    user_id: userId,
    clicked_at: new Date(clickedAtMs).toISOString(),
    address: ipHash === null ? 'unknown' : 'known',
    country,
    device_type: deviceType,
    os,
    browser,
    referrer: click.referrer,
    user_agent: click.userAgent,
  };
  const changed = notes.length === 0 ? '' : `\n    ${notes.map(({ text }) => text).join('; ')}`;
  return `  line ${line}: ${JSON.stringify(shown)}${changed}`;
}

/** Whether a command that took this should end as a failure. */
export const hasFailed = (
  { accepted, duplicates, skipped, errors }: ImportSummary,
  isStrict: boolean,
): boolean => errors.count > 0 && (isStrict || accepted + duplicates + skipped === 0);
