import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { FastPath } from './fast-path.js';

const BYTES = [
  'POST /api/v1/clicks HTTP/1.1',
  'Host: localhost',
  'Content-Type: application/json',
  'Content-Length: 2',
  '',
  '{}',
].join('\r\n');

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A fast path that takes everything, and both ends of a connection to it. */
async function connected(): Promise<{ fastPath: FastPath; near: Socket; far: Socket }> {
  server = createServer();
  const limits = { headersTimeout: 60_000, keepAliveTimeout: 60_000 };
  const fastPath = FastPath.before(server, () => ({ status: 202, fields: '', body: '{}' }), limits);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  near.on('error', () => undefined); // hung up on
  return { fastPath, near, far: await accepted };
}

it('a stop hangs up on who waits after a reply', async () => {
  const { fastPath, near, far } = await connected();
  near.write(BYTES);
  await new Promise((resolve) => near.once('data', resolve));
  fastPath.stop();
  expect(far.destroyed).toBe(true);
});

it('a stop leaves who has only just come a moment to send, and then hangs up as well', async () => {
  const { fastPath, near, far } = await connected();
  fastPath.stop();
  expect(far.destroyed).toBe(false);
  const sweep = setInterval(() => fastPath.stop(), 20);
  await new Promise((resolve) => near.once('close', resolve));
  clearInterval(sweep);
  expect(far.destroyed).toBe(true);
});

it('a stop gives the server behind who has sent half of a request, with that half', async () => {
  const { fastPath, near } = await connected();
  server.on('request', (request, response) => {
    let body = '';
    request.on('data', (data) => (body += data));
    request.on('end', () => response.end(`behind: ${body}`));
  });
  await new Promise((resolve) => near.write(BYTES.slice(0, -1), resolve));
  await vi.waitFor(() => {
    fastPath.stop();
    expect(fastPath.totals.givenAway).toBe(1);
  }, 20_000);
  near.write(BYTES.slice(-1));
  expect(String(await new Promise((resolve) => near.once('data', resolve)))).toContain('behind: {}');
});

it('a reply that failed costs its own connection, is told, and the server goes on', async () => {
  server = createServer();
  const lost: unknown[] = [];
  const limits = { headersTimeout: 60_000, keepAliveTimeout: 60_000 };
  let isFirst = true;
  const serve = () => {
    if (!isFirst) return Promise.resolve({ status: 202, fields: '', body: '{}' });
    isFirst = false;
    return Promise.reject(new Error('nobody expected this'));
  };
  FastPath.before(server, serve, limits, (error) => lost.push(error));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const send = () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(BYTES);
    return socket;
  };
  await new Promise((resolve) => send().once('close', resolve));
  expect(lost).toEqual([new Error('nobody expected this')]);
  const next = send();
  expect(String(await new Promise((resolve) => next.once('data', resolve)))).toMatch(/^HTTP\/1.1 202 /);
  next.destroy();
});
