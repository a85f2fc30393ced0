import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What depends on the theme; everything else is the same in both. */
const OF_COLOUR = ['color-contrast', 'link-in-text-block'];

/**
 * What axe-core finds wrong with the page as it stands, in words: WCAG 2.2 A and AA, and its best practices.
 *
 * @param rules `colour` asks only what may differ from one theme to the other, which takes a fraction of the time.
 */
export async function violations(page: Page, rules: 'all' | 'colour' = 'all'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source);
  const runOnly = rules === 'all' ? { type: 'tag', values: TAGS } : { type: 'rule', values: OF_COLOUR };
  return page.evaluate(async (only) => {
    const axe = (
      globalThis as unknown as { axe: { run: (context: unknown, options: unknown) => Promise<Found> } }
    ).axe;
    interface Found {
      violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[];
    }
    // Of what a page does right, nothing is told: half of the time would go into that.
    const found = await axe.run(globalThis.document, { runOnly: only, resultTypes: ['violations'] });
    return found.violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html.slice(0, 300)}\n${failureSummary}`),
    );
  }, runOnly);
}

/** In the light theme all rules, in the dark one those of colour: the rest is the same. */
export async function violationsInBoth(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const found = await violations(page, 'all');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  return [...found, ...(await violations(page, 'colour'))];
}
