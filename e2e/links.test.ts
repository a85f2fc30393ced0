import type { Link } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { violationsInBoth } from './helpers/axe.js';
import { api, page, server, useServer } from './helpers/server-and-page.js';

/** From an empty account to the first click of a link, in a browser, on the real system. */
useServer();

const DESTINATION = 'https://shop.example/landing?cid={click_id}&c={campaign_id}&s={sub1}';
it('a link is created in an empty account, followed, and its click is seen', async () => {
  await page.goto(`${server.url}/links`);
  await page.getByText('No links yet').waitFor();
  expect(await violationsInBoth(page)).toEqual([]);
  await page.getByTestId('new-link').click();
  const form = page.getByTestId('link-form');
  await form.getByLabel('Name').fill('Spring newsletter');
  await form.getByLabel('Campaign', { exact: true }).selectOption('+');
  await form.getByLabel('Campaign ID').fill('spring sale');
  await form.getByLabel('Advertiser ID').fill('acme');
  await form.getByLabel('Ad ID').fill('banner');
  await form.getByTestId('destination-1').fill(DESTINATION.replace('{click_id}', ''));
  // A macro is put where the cursor is.
  await form.getByTestId('destination-1').evaluate((field: HTMLInputElement) => {
    const at = field.value.indexOf('cid=') + 4;
    field.setSelectionRange(at, at);
  });
  await form.getByTestId('macros-1').click();
  await page.getByRole('menuitem', { name: /^\{click_id\}/ }).click();
  expect(await form.getByTestId('destination-1').inputValue()).toBe(DESTINATION);
  await form.getByText('Short link').click();
  await form.getByLabel('Slug').fill('spring');
  expect(await violationsInBoth(page)).toEqual([]);
  await form.getByTestId('save-link').click();

  await page.waitForURL(/\/links\/[0-9a-f-]{36}/);
  const url = (await page.getByTestId('tracking-url').textContent()) ?? '';
  expect(url).toBe(`${server.url}/r/spring`);
  expect(await violationsInBoth(page)).toEqual([]);

  // What the test shows is where the server sends people.
  await page.getByTestId('test-link').click();
  await page.getByTestId('test-query').fill('sub1=a%2Fb&x=1&utm_source=newsletter');
  const shown = (await page.getByTestId('test-result').locator('code').textContent()) ?? '';
  const target = await api.follow('spring?sub1=a%2Fb&x=1&utm_source=newsletter');
  const clickId = target.searchParams.get('cid') ?? '';
  expect(shown.replace(/cid=[0-9a-f-]+/, `cid=${clickId}`)).toBe(target.href);
  expect(await violationsInBoth(page)).toEqual([]);
  await page.keyboard.press('Escape');

  await page.goto(`${server.url}/clicks?click_id=${clickId}`);
  await page.getByTestId('click-table').getByText('spring sale').waitFor();
  await page.getByTestId('click-table').locator('tbody button').click();
  // By the link that brought it, to the link, which has its figures and its clicks.
  const story = page.getByTestId('story');
  await story.getByText('newsletter', { exact: true }).waitFor();
  await story.getByRole('link', { name: 'Spring newsletter' }).click();
  await page.locator(`[data-testid="link-click-table"] [data-click="${clickId}"]`).waitFor();
  await page.waitForSelector('[data-testid="kpi-clicks"][data-value="1"]');
  await page.locator('[data-testid="breakdown-source"] tr[data-value="newsletter"]').waitFor();
  expect(await violationsInBoth(page)).toEqual([]);
  await page.goto(server.url);
  await page
    .getByTestId('breakdown-source')
    .getByRole('button', { name: 'Spring newsletter' })
    .first()
    .click();
  await page.getByTestId('filter-chip').getByText('Spring newsletter').waitFor();
  await page.waitForSelector('[data-testid="kpi-clicks"][data-value="1"]');
  await page.getByTestId('nav-links').click();
  await page.locator('[data-link="spring"]').getByTitle('1', { exact: true }).waitFor();
});

it('a link is paused, and its QR code says where it leads', async () => {
  await api.send('PUT', 'campaigns/camp', { advertiser_id: 'acme' });
  await api.send('PUT', 'ads/ad-9', { campaign_id: 'camp' });
  const link = await api.send<Link>('POST', 'links', {
    ad_id: 'ad-9',
    slug: 'nine',
    destinations: [{ url: 'https://shop.example/' }],
    fallback_url: 'https://shop.example/over',
  });
  await page.goto(`${server.url}/links/${link.link_id}`);
  await page.getByTestId('qr').click();
  await page.getByRole('img', { name: 'QR code of nine' }).waitFor();
  expect(await violationsInBoth(page)).toEqual([]);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('qr-png').click()]);
  expect(file.suggestedFilename()).toBe('clickledger-qr-nine.png');
  await page.keyboard.press('Escape');
  await page.getByTestId('status').selectOption('paused');
  await page.getByTestId('link-history').getByText('Paused').first().waitFor();
  await expect.poll(async () => (await api.follow('nine')).href).toBe('https://shop.example/over');
});

it('a file of links is checked before anything is made, and then made whole', async () => {
  await api.send('PUT', 'campaigns/camp', { advertiser_id: 'acme' });
  await api.send('PUT', 'ads/ad-9', { campaign_id: 'camp' });
  await page.goto(`${server.url}/links`);
  await page.getByTestId('import-links').click();
  const choose = (text: string) =>
    page.getByTestId('links-file').setInputFiles({
      name: 'links.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`ad_id,destination,slug\n${text}`),
    });
  await choose('ad-9,javascript:alert(1),bad\n');
  await page.getByTestId('import-outcome').getByText('destination').waitFor();
  expect(await page.getByTestId('run-import').isDisabled()).toBe(true);
  await choose('ad-9,https://shop.example/a,imported-a\nad-9,https://shop.example/b,imported-b\n');
  await page.getByRole('button', { name: 'Import 2 links' }).click();
  await page.getByText('2 links created.').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByTestId('link-search').fill('imported-a');
  await page.locator('[data-link="imported-a"]').waitFor();
  await page.locator('[data-link="imported-b"]').waitFor({ state: 'detached' });
  const href = await page.getByTestId('export-links').getAttribute('href');
  expect(await (await fetch(`${server.url}${href}`)).text()).toContain('imported-b');
});
