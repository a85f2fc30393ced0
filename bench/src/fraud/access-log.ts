import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readClick } from '@clickledger/contract';
import { parseCombined } from '@clickledger/server/tools/import/combined.js';
import { makeMapper } from '@clickledger/server/tools/import/mapper.js';
import type { LabelledClick } from './traffic.js';

/** A real access log; where it is from and its licence: server/src/tools/import/testing/README.md. */
const ACCESS_LOG = new URL('../../../server/src/tools/import/testing/access.log.gz', import.meta.url);

/**
 * Crawlers that name themselves, by words alone: not by the packages that the rules use, so that the rules are not
 * judged by themselves. What it does not see (a robot with a person's user agent) is in nobody's label.
 */
const NAMES_ITSELF =
  /bot\b|bot\/|crawl|spider|slurp|feed|reader|fetch|monitor|archiv|https?:\/\/|@[a-z]+\.[a-z]/i;
/** A browser of a person, by its shape. */
const LOOKS_LIKE_A_BROWSER = /^(?:Mozilla\/\d|Opera\/\d)[^+@]{20,}$/;

const isCrawler = (userAgent: string) => NAMES_ITSELF.test(userAgent);

/** Every click of the log, labelled by its user agent. */
export function readAccessLog(): LabelledClick[] {
  const { map } = makeMapper({ format: 'log', logFormat: 'combined' }, new Map());
  const lines = gunzipSync(readFileSync(ACCESS_LOG)).toString('utf8').split('\n');
  return lines.flatMap((text, i): LabelledClick[] => {
    const { record } = parseCombined(i + 1, text, true);
    const mapped = record && map(record);
    if (!mapped || 'notAClick' in mapped) return [];
    const reading = readClick(mapped.input);
    if ('error' in reading || reading.input.timestamp === undefined) return [];
    const input = { ...reading.input, timestamp: reading.input.timestamp };
    const family = isCrawler(input.user_agent ?? '') ? 'declared_crawler' : 'organic';
    return [{ input, address: mapped.address ?? '', family }];
  });
}

/** Real user agents, as often as the log has them: of people, and of crawlers. */
export function realAgents(): { people: string[]; crawlers: string[] } {
  const agents = readAccessLog().map(({ input }) => input.user_agent ?? '');
  return {
    people: agents.filter((agent) => !isCrawler(agent) && LOOKS_LIKE_A_BROWSER.test(agent)),
    crawlers: agents.filter(isCrawler),
  };
}
