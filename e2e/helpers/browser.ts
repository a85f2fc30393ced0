import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM_DEFAULT = '/usr/bin/chromium';
const WAIT_MS_MAX = 60_000;

/** The system's own Chromium (or the one that CHROMIUM names), calling nobody. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? CHROMIUM_DEFAULT,
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });

/** A page of a common size, in a time zone that isn't the server's. */
export async function newPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width: 1_440, height: 900 },
    timezoneId: 'Europe/Berlin',
    // Nothing moves: no machine has to paint what no test looks at.
    reducedMotion: 'reduce',
  });
  page.setDefaultTimeout(WAIT_MS_MAX);
  return page;
}

/** Waits until the dashboard counts so many clicks. */
export async function showsClicks(page: Page, count: number, limitMs = WAIT_MS_MAX): Promise<void> {
  await page.waitForSelector(`[data-testid="kpi-clicks"][data-value="${count}"]`, { timeout: limitMs });
}

/** Resolves when whatever the page was told until now is on the screen: for what must not come there. */
export const framesPainted = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
