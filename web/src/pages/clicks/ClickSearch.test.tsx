// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { renderPage } from '../../testing/render-page.js';
import { ClickSearch } from './ClickSearch.js';

const CLICK_ID = '0192F0C1-2A3B-7C4D-8E5F-001122334455';
const IP_HASH = '0123456789ABCDEF0123456789ABCDEF';
const kind = () => screen.getByTestId<HTMLSelectElement>('search-kind').value;

it.each([
  ['a click ID', CLICK_ID, 'click_id'],
  ['an IP hash', IP_HASH, 'ip_hash'],
])('%s is known by its form, and found in any case', async (_name, text, name) => {
  const { user, address } = await renderPage(<ClickSearch own={{}} />, { at: '/clicks?range=7d' });
  await user.type(screen.getByTestId('search-text'), `  ${text} `);
  expect(kind()).toBe(name);
  await user.keyboard('{Enter}');
  await expect.poll(address).toBe(`/clicks?range=7d&${name}=${text.toLowerCase()}`);
  expect(screen.getByTestId('search-text')).toHaveProperty('value', '');
});

it('a user is looked for letter by letter', async () => {
  const { user, address } = await renderPage(<ClickSearch own={{}} />, { at: '/clicks' });
  await user.type(screen.getByTestId('search-text'), 'Jo & Co{Enter}');
  await expect.poll(address).toBe('/clicks?user_id=Jo+%26+Co');
});

it.each([
  ['click_id', 'not-an-id', 'Enter a click ID (a UUID), e.g. 0192f0c1-2a3b-7c4d-8e5f-0011….'],
  ['ip_hash', '203.0.113.7', 'An IP hash has 32 hexadecimal characters.'],
])('what is no %s is said to be none, stays typed, and asks nothing', async (name, text, problem) => {
  const { user, address } = await renderPage(<ClickSearch own={{}} />, { at: '/clicks' });
  await user.selectOptions(screen.getByTestId('search-kind'), name);
  await user.type(screen.getByTestId('search-text'), `${text}{Enter}`);
  expect((await screen.findByRole('alert')).textContent).toBe(problem);
  expect(screen.getByTestId('search-text')).toHaveProperty('value', text);
  expect(address()).toBe('/clicks');
  await user.type(screen.getByTestId('search-text'), '1');
  expect(screen.queryByRole('alert')).toBeNull();
});

it('nothing typed changes nothing', async () => {
  const { user, address } = await renderPage(<ClickSearch own={{}} />, { at: '/clicks?user_id=jo' });
  await user.type(screen.getByTestId('search-text'), '   {Enter}');
  expect(address()).toBe('/clicks?user_id=jo');
});

it('a campaign takes the place of the one that the view is narrowed to', async () => {
  const { user, address } = await renderPage(<ClickSearch own={{}} />, {
    at: '/clicks?campaign_id=spring&country=DE',
  });
  await user.selectOptions(screen.getByTestId('search-kind'), 'campaign_id');
  await user.type(screen.getByTestId('search-text'), 'autumn{Enter}');
  await expect
    .poll(() => new URLSearchParams(address().split('?')[1]).getAll('campaign_id'))
    .toEqual(['autumn']);
  expect(address()).toContain('country=DE');
});

it('each term is taken off by itself, and the verdict is one of three', async () => {
  const { user, address } = await renderPage(
    <ClickSearch own={{ user_id: 'jo', referrer_host: 'a.example' }} />,
    {
      at: '/clicks?user_id=jo&referrer_host=a.example',
    },
  );
  await user.click(screen.getByRole('button', { name: 'Remove User jo' }));
  await expect.poll(address).toBe('/clicks?referrer_host=a.example');
  await user.click(screen.getByTestId('tab-false'));
  await expect.poll(address).toBe('/clicks?referrer_host=a.example&flagged=false');
  await user.click(screen.getByTestId('tab-all'));
  await expect.poll(address).toBe('/clicks?referrer_host=a.example');
});
