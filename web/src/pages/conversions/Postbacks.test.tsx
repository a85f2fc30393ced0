// @vitest-environment happy-dom
import type { PostbackEntry, PostbackSecret } from '@clickledger/contract';
import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ANALYST, refusal, renderPage } from '../../testing/render-page.js';
import { Postbacks } from './Postbacks.js';

const SECRET: PostbackSecret = {
  secret_id: 1,
  hint: 'clk_postback_abc',
  created_at: '2026-11-01T00:00:00.000Z',
  created_by: 'owner@example.org',
  expires_at: null,
  revoked_at: null,
  is_in_force: true,
};
const CONVERSION = '0198f2a0-0000-7000-8000-00000000000c';
const entry = (change: Partial<PostbackEntry>): PostbackEntry => ({
  postback_id: 1,
  received_at: '2026-11-28T09:00:00.000Z',
  method: 'GET',
  query: 'secret=…&cid=1&et=sale',
  outcome: 'accepted',
  code: null,
  message: null,
  conversion_id: null,
  ...change,
});
const answers = (entries: PostbackEntry[], secrets: PostbackSecret[] = []) => ({
  'GET /api/v1/postbacks': { data: entries, next_before: null },
  'GET /api/v1/postback-secrets': { data: secrets },
  'POST /api/v1/postback-secrets': { ...SECRET, secret: 'clk_postback_abcdef' },
});
const show = (given: ReturnType<typeof answers>, opened: string[] = []) =>
  renderPage(<Postbacks onOpen={(id) => opened.push(id)} />, { answers: given });

it('says that nothing is taken without a secret, and puts a new one into the URL', async () => {
  const { user } = await show(answers([]));
  await screen.findByText('No postbacks in the last 30 days.');
  await screen.findByText(/No secret yet/);
  expect(screen.getByTestId('postback-url').textContent).toContain('secret=YOUR_SECRET&');
  await user.click(screen.getByTestId('make-secret'));
  await expect
    .poll(() => screen.getByTestId('postback-url').textContent)
    .toContain('secret=clk_postback_abcdef&');
  await user.click(screen.getByText('Keitaro'));
  expect(screen.getByTestId('postback-url').textContent).toMatch(
    /subid=\{external_id\}&status=\{status\}.*&currency=EUR$/,
  );
});

it('tells of each request what became of it', async () => {
  const opened: string[] = [];
  const refused = entry({
    postback_id: 2,
    query: 'cid=nope',
    outcome: 'refused',
    code: 'invalid_click_id',
    message: 'click_id: Expected a UUID',
  });
  const { user } = await show(answers([refused, entry({ conversion_id: CONVERSION })], [SECRET]), opened);
  await screen.findByText('GET /postback?cid=nope');
  screen.getByText(/Expected a UUID/);
  screen.getByText('invalid_click_id');
  await user.click(screen.getByText('View conversion'));
  expect(opened).toEqual([CONVERSION]);
});

it('gives somebody who only reads no secrets, and says when the log can’t be read', async () => {
  await renderPage(<Postbacks onOpen={() => {}} />, {
    answers: { 'GET /api/v1/postbacks': () => refusal(503, { code: 'away', message: 'Away.' }) },
    member: ANALYST,
  });
  await screen.findByTestId('panel-error');
  expect(screen.queryByTestId('make-secret')).toBeNull();
});
