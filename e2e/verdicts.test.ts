import { randomUUID } from 'node:crypto';
import { beforeAll, it } from 'vitest';
import { api, page, server, useServer } from './helpers/server-and-page.js';

/** A person takes back a flag and gives one; figures and bills follow. On the real system, in a browser. The tests follow one another. */
const now = new Date();
const monthStart = (months: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1);
const monthName = (months: number) => new Date(monthStart(months)).toISOString().slice(0, 7);
const CLICKS = 4;
/** Of the month before: it is closed in the second test. */
const OLD_ID = randomUUID();
const NEW_IDS = Array.from({ length: CLICKS }, () => randomUUID());

useServer();
beforeAll(async () => {
  await api.send('PUT', 'campaigns/spring', { advertiser_id: 'acme', cost_per_click_micros: 250_000 });
  await api.importClicks([
    { clickId: OLD_ID, adId: 'ad', clickedAtMs: monthStart(-1) + 3_600_000 },
    { clickId: randomUUID(), adId: 'ad', clickedAtMs: monthStart(-1) + 7_200_000 },
  ]);
  await api.sendClicks(CLICKS, (i) => ({ click_id: NEW_IDS[i], user_id: `user-${i}` }));
});

/** Opens a click's story and gives the verdict that its button offers, with a reason. */
async function mark(
  clickId: string,
  action: 'Mark as invalid' | 'Mark as valid',
  reason: string,
): Promise<void> {
  await page.goto(`${server.url}/clicks?click=${clickId}`);
  const story = page.getByTestId('story');
  await story.getByTestId('mark-click').filter({ hasText: action }).click();
  await story.getByLabel('Reason').fill(reason);
  await story.getByRole('button', { name: action }).click();
  // The other verdict is offered when this one is in force.
  const other = action === 'Mark as valid' ? 'Mark as invalid' : 'Mark as valid';
  await story.getByTestId('mark-click').filter({ hasText: other }).waitFor();
}

/** Waits until the bill of a month says so. */
async function billShows(months: number, figures: Record<string, string>): Promise<void> {
  await page.goto(`${server.url}/billing?month=${monthName(months)}`);
  for (const [name, value] of Object.entries(figures))
    await page.getByTestId(`bill-${name}`).getByText(value, { exact: true }).waitFor();
}

it('a click marked as invalid is flagged in its story, the figures and the bill, and valid again after that', async () => {
  const id = NEW_IDS[0] as string;
  await mark(id, 'Mark as invalid', 'our own monitoring');
  const steps = page.getByTestId('story-steps');
  await steps.getByText('Flagged: Manual review').waitFor();
  await steps.getByText('our own monitoring').waitFor();
  await page.goto(server.url);
  await page.waitForSelector(`[data-testid="kpi-billable"][data-value="${CLICKS - 1}"]`);
  await billShows(0, { clicks: '4', adjusted: '-1', billable: '3', amount: '$0.75' });
  await page.goto(`${server.url}/clicks?flagged=true`);
  await page
    .getByTestId('click-table')
    .locator(`[data-click="${id}"]`)
    .getByText('Manual review')
    .filter({ visible: true })
    .first()
    .waitFor();

  await mark(id, 'Mark as valid', 'it was a customer');
  await steps.getByText('No longer flagged').waitFor();
  await page.goto(server.url);
  await page.waitForSelector(`[data-testid="kpi-billable"][data-value="${CLICKS}"]`);
  await billShows(0, { adjusted: '0', billable: '4', amount: '$1.00' });
});

it('a verdict on a click of a closed month is a correction on the next bill', async () => {
  await page.goto(`${server.url}/billing?month=${monthName(-1)}`);
  await page.getByTestId('close-month').click();
  await page.getByTestId('close-confirm').click();
  await page.locator('[data-testid="month-state"][data-state="closed"]').waitFor();
  await mark(OLD_ID, 'Mark as invalid', 'the publisher admitted it');
  await page
    .getByTestId('story-steps')
    .getByText('Its billing period was closed, so the correction counts on the date it was made.')
    .waitFor();
  await billShows(0, { adjusted: '-1', billable: '3', amount: '$0.75' });
  await page.getByTestId('bill-table').getByText('Correction from an earlier month').first().waitFor();
  await billShows(-1, { adjusted: '0', billable: '2', amount: '$0.50' });
});
