import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { makeTenantFetch, type ResolveHost, resolveHostBy, TargetRefused } from './tenant-fetch.js';

let receiver: Server;
let port: number;
const received: { path: string | undefined; body: string }[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data));
    request.on('end', () => {
      received.push({ path: request.url, body });
      if (request.url === '/elsewhere') response.writeHead(302, { location: `http://127.0.0.1:${port}/` });
      else response.writeHead(request.url === '/hook' ? 204 : 500);
      // More than anybody should read.
      response.end(request.url === '/large' ? Buffer.alloc(50_000_000) : '');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  port = (receiver.address() as AddressInfo).port;
});
afterAll(() => receiver.close());

const nobody = () => false;
const loopback = (address: string) => address === '127.0.0.1';
const post = (fetch: ReturnType<typeof makeTenantFetch>, url: string) => fetch.post(new URL(url), {}, 'told');

it.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://localhost/',
  'http://app.localhost/',
  'http://169.254.169.254/latest/meta-data/',
  'http://10.1.2.3:8123/?query=DROP',
])('a URL of this machine or its network is refused, and nobody is asked: %s', async (url) => {
  const fetch = makeTenantFetch(nobody);
  await expect(fetch.check(new URL(url))).rejects.toThrow(TargetRefused);
  await expect(post(fetch, url)).rejects.toThrow('private or reserved address');
});

it('one private address among the public ones of a name is enough to refuse it', async () => {
  const fetch = makeTenantFetch(nobody, async () => ['1.1.1.1', '10.0.0.1']);
  await expect(fetch.check(new URL('https://hooks.example/'))).rejects.toThrow(TargetRefused);
});

it.each(['ftp://1.1.1.1/', 'file:///etc/passwd', 'http://user:secret@1.1.1.1/'])(
  'a URL of another kind is refused, and the reason does not repeat it: %s',
  async (url) => {
    const refused = makeTenantFetch(nobody).check(new URL(url));
    await expect(refused).rejects.toThrow(TargetRefused);
    await expect(refused).rejects.not.toThrow('secret');
  },
);

it('the connection goes to the address that was checked: a name is resolved once', async () => {
  const answers = [['127.0.0.1'], ['10.0.0.1']];
  const resolve = vi.fn(async () => answers.shift() ?? []);
  const fetch = makeTenantFetch(loopback, resolve);
  expect(await post(fetch, `http://rebinding.example:${port}/hook`)).toBe(204);
  expect(resolve).toHaveBeenCalledTimes(1);
  expect(received.at(-1)).toEqual({ path: '/hook', body: 'told' });
});

it('a redirect is a status like any other, and is not followed', async () => {
  const before = received.length;
  expect(await post(makeTenantFetch(loopback), `http://127.0.0.1:${port}/elsewhere`)).toBe(302);
  expect(received.length).toBe(before + 1);
});

it('the body of a reply is not read', async () => {
  expect(await post(makeTenantFetch(loopback), `http://127.0.0.1:${port}/large`)).toBe(500);
});

it('a receiver that is away is an error of its own', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port: free } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  await expect(post(makeTenantFetch(loopback), `http://127.0.0.1:${free}/`)).rejects.toThrow('ECONNREFUSED');
});

it('name servers that do not answer are given up with the request: they are not asked again', async () => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const resolve = resolveHostBy([`127.0.0.1:${silent.address().port}`]);
  const time = new AbortController();
  const resolving = resolve('hooks.example', time.signal);
  const refused = expect(resolving).rejects.toThrow(TargetRefused);
  // For addresses of both kinds.
  await once(silent, 'message');
  await once(silent, 'message');
  time.abort();
  // By itself it would ask once more first.
  const askedAgain = once(silent, 'message').then(() => 'asked again');
  expect(await Promise.race([askedAgain, refused.then(() => 'given up')])).toBe('given up');
  await expect(resolve('hooks.example', AbortSignal.abort())).rejects.toThrow(TargetRefused);
  silent.close();
});

it('resolving has its part of the time of a check and of a request, and no time of its own', async () => {
  const resolve: ResolveHost = (_host, signal) =>
    new Promise((_, fail) => {
      signal.addEventListener('abort', () => fail(signal.reason), { once: true });
    });
  const fetch = makeTenantFetch(nobody, resolve, 10);
  await expect(fetch.check(new URL('https://hooks.example/'))).rejects.toThrow('timeout');
  await expect(post(fetch, 'https://hooks.example/')).rejects.toThrow('timeout');
});
