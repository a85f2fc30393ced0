import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { Connection } from './connection.js';

const REQUEST = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{"a":"é"}';
const REPLY = 'HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}';

it.each([1, 2] as const)('sends a whole request in %i segments, and reads its status', async (segments) => {
  let received = '';
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      received += data.toString('utf8');
      if (received === REQUEST) socket.write(REPLY);
    });
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = new Connection('127.0.0.1', (server.address() as AddressInfo).port, segments);
  try {
    await connection.open();
    const reply = await new Promise((resolve) =>
      connection.send(REQUEST, (status, bytes) => resolve({ status, bytes })),
    );
    expect(reply).toEqual({ status: 202, bytes: REPLY.length });
    expect(received).toBe(REQUEST);
  } finally {
    connection.close();
    server.close();
  }
});
