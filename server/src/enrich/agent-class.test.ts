import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { classifyAgent } from './agent-class.js';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

it.each([
  ['browser', CHROME],
  [
    'browser',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  ],
  [
    'browser',
    'Mozilla/5.0 (Linux; Android 14; CUBOT X90) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
  ],
  ['headless', CHROME.replace('Chrome/', 'HeadlessChrome/')],
  [
    'headless',
    'Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1',
  ],
  ['bot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
  ['bot', 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)'],
  ['library', 'curl/8.5.0'],
  ['library', 'python-requests/2.32.3'],
  ['library', 'node'],
  ['missing', ''],
  ['missing', '-'],
] as const)('%s: %s', (kind, userAgent) => {
  expect(classifyAgent(userAgent).kind).toBe(kind);
});

it('says what gave a robot away, and nothing of a browser', () => {
  expect(classifyAgent('Mozilla/5.0 (compatible; bingbot/2.0)').matched).toMatch(/bot/i);
  expect(classifyAgent(CHROME).matched).toBe('');
});

/** User agents as they are seen in logs: of people with browsers, apps and old phones, and of robots. A line: who, tab, text. */
const AGENTS = readFileSync(new URL('./testing/agents.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t') as [who: 'person' | 'robot', userAgent: string]);

it.each(AGENTS)('a %s: %s', (who, userAgent) => {
  const isRobot = ['bot', 'headless', 'library'].includes(classifyAgent(userAgent).kind);
  expect(isRobot).toBe(who === 'robot');
});
