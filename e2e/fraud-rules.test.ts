import { DEFAULT_RULE_SETTINGS, type ListEntriesReply, type RulesReply } from '@clickledger/contract';
import { beforeAll, expect, it } from 'vitest';
import { violations } from './helpers/axe.js';
import { api, page, server, useServer } from './helpers/server-and-page.js';

/** Rules, lists and alerts, on the real system, in a browser. */
const rules = () => api.get<RulesReply>('fraud/rules');

useServer({ env: { WEBHOOK_PRIVATE_RANGES: '127.0.0.1' } });
// Ten clicks of one user on ten ads: clean by the rules as they come.
beforeAll(() => api.sendClicks(10, (i) => ({ ad_id: `ad-${i}`, user_id: 'busy' })));

it('a rule is changed, tried on the past, and saved as a new version', async () => {
  await page.goto(`${server.url}/fraud`);
  await page.getByTestId('to-rules').click();
  const row = page.getByTestId('rules-editor').locator('[data-rule="velocity_user"]');
  await row.locator('[data-field="count_max"]').fill('4');
  const before = await rules();

  await page.getByTestId('backtest').click();
  await page.locator('[data-testid="backtest-result"][data-newly-flagged="6"]').waitFor();
  expect((await rules()).version).toBe(before.version);

  await page.getByLabel('Reason').fill('a stricter day');
  await page.getByTestId('save-rules').click();
  await page.getByTestId('unsaved').waitFor({ state: 'detached' });
  const after = await rules();
  expect(after.version).toBe(before.version + 1);
  expect(after.settings).toEqual({
    ...before.settings,
    velocity_user: { ...before.settings.velocity_user, count_max: 4 },
  });
  const version = page.getByTestId('rule-versions').locator(`[data-version="${after.version}"]`);
  await version.getByText('a stricter day').waitFor();
  await version.getByText('Clicks per user: clicks allowed').waitFor();
  await version.getByText('50 → 4').waitFor();
});

it('a change that changes nothing says so; the samples of one that does lead to the click', async () => {
  await page.goto(`${server.url}/fraud/rules`);
  const field = page.locator('[data-rule="velocity_ip"] [data-field="count_max"]');
  await field.fill('99');
  await page.getByTestId('backtest').click();
  await page.getByTestId('backtest-result').getByText('No change.').waitFor();
  await field.fill('4');
  await page.getByTestId('backtest').click();
  await page.getByTestId('backtest-campaigns').locator('[data-campaign="spring"]').waitFor();
  await page.getByTestId('backtest-samples').getByRole('link').first().click();
  await page.getByTestId('story-steps').waitFor();
});

it('a rule that clean clicks show as well is said to separate nothing, on both pages in the same words', async () => {
  // Of an address in the United States, said to be in Germany: a weak sign, which flags nothing alone.
  for (let i = 0; i < 4; i++)
    await api.sendClicks(
      50,
      (j) => ({
        ad_id: `abroad-${i}-${j}`,
        campaign_id: 'abroad',
        user_id: `abroad-${i}-${j}`,
        country: 'DE',
      }),
      { from: `8.8.8.${i}` },
    );
  const notice = (list: string) =>
    page.getByTestId(list).locator('[data-rule="geo_mismatch"]').getByTestId('separates-nothing');
  await page.goto(`${server.url}/fraud`);
  const text = await notice('fraud-rules').textContent();
  expect(text).toMatch(/^Matches \d+(\.\d)?% of clean clicks, so it doesn’t tell fraud from people\.$/);
  await page.getByTestId('to-rules').click();
  await notice('rules-editor')
    .getByText(text ?? '', { exact: true })
    .waitFor();
  expect(await page.getByTestId('separates-nothing').count()).toBe(1);
});

it('an earlier state of the rules is restored as a new version', async () => {
  const { version } = await rules();
  await page.goto(`${server.url}/fraud/rules`);
  await page.getByRole('button', { name: 'Restore the default rules' }).click();
  await page.getByTestId('restore-dialog').getByText('4 → 50').waitFor();
  await page.getByTestId('restore-confirm').click();
  await page
    .getByTestId('rule-versions')
    .locator(`[data-version="${version + 1}"]`)
    .waitFor();
  expect((await rules()).settings).toEqual(DEFAULT_RULE_SETTINGS);
});

it('the limits of alerts are the account’s own', async () => {
  await page.goto(`${server.url}/fraud/rules`);
  await page.getByTestId('alert_warning_percent').fill('9');
  await page.getByTestId('save-alert-limits').click();
  await page.getByText('Warning from: Must not be above the critical limit').waitFor();
  await page.getByTestId('alert_critical_percent').fill('12');
  await page.getByTestId('save-alert-limits').click();
  await page.getByTestId('alert-limits').getByText('9% flagged clicks').waitFor();
});

it('a number that is none is refused in words, and nothing is saved', async () => {
  await page.goto(`${server.url}/fraud/rules`);
  const { version } = await rules();
  await page.locator('[data-rule="velocity_ip"] [data-field="count_max"]').fill('0');
  await page.getByTestId('save-rules').click();
  await page.getByTestId('unsaved').getByText('Clicks per IP: clicks allowed: At least 1').waitFor();
  expect((await rules()).version).toBe(version);
});

it('an address is blocked, and taken off again', async () => {
  const entries = async () => (await api.get<ListEntriesReply>('fraud/lists')).data;
  await page.goto(`${server.url}/fraud/rules`);
  await page.getByLabel('Value').fill('203.0.113.0/24');
  await page.getByTestId('preview-entry').click();
  await page.getByTestId('entry-preview').getByText('Matches no clicks in the last 7 days.').waitFor();
  expect(await entries()).toEqual([]);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.locator('[data-entry="203.0.113.0/24"]').waitFor();
  expect((await entries()).map(({ list, value }) => [list, value])).toEqual([['block', '203.0.113.0/24']]);
  await page.getByLabel('Remove 203.0.113.0/24').click();
  await page.locator('[data-entry="203.0.113.0/24"]').waitFor({ state: 'detached' });
  expect(await entries()).toEqual([]);
});

it('a webhook is set, and its secret shown once', async () => {
  await page.goto(`${server.url}/fraud/rules`);
  // A button that moves between down and up is not clicked.
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
  await page.getByLabel('Webhook URL').fill('http://127.0.0.1:9/x');
  await page.getByRole('button', { name: 'Save webhook' }).click();
  await page.getByText('Signing secret, shown once').waitFor();
  await page.reload();
  await expect.poll(() => page.getByLabel('Webhook URL').inputValue()).toBe('http://127.0.0.1:9/x');
  expect(await page.getByText('Signing secret').count()).toBe(0);
});

it.each(['light', 'dark'] as const)('is accessible and fits every screen, %s', async (theme) => {
  await page.emulateMedia({ colorScheme: theme });
  for (const width of [1_440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${server.url}/fraud/rules`);
    await page.getByTestId('rules-editor').waitFor();
    await page.locator('[data-rule="geo_mismatch"]').getByRole('combobox').selectOption('off');
    await page.getByTestId('unsaved').waitFor();
    expect(await violations(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  }
});
