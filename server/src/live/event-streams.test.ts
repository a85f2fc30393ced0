import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { aBackground } from '../testing/background.js';
import { EventReader } from '../testing/events.js';
import { until } from '../testing/wait.js';
import { EventStreams, STREAMS, toEvent } from './event-streams.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve() {
  const streams = new EventStreams(new Registry(), aBackground());
  const opened: ReturnType<EventStreams['open']>[] = [];
  let closed = 0;
  server = createServer((_request, response) => opened.push(streams.open(response, 1, () => closed++)));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { streams, opened, port, closed: () => closed };
}

it('drops a reader that takes nothing, and serves the others on', async () => {
  const { streams, opened, port, closed } = await serve();
  const slow = connect(port, '127.0.0.1');
  slow.on('error', () => undefined);
  slow.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  slow.pause();
  await until(() => opened.length, Boolean);
  const quick = await EventReader.open(`http://127.0.0.1:${port}/`);
  const event = toEvent('big', 'x'.repeat(200_000), 1);
  let sent = 0;
  // The kernel's buffers take some megabytes before ours fill; the quick reader is given time for each.
  while (closed() === 0 && sent < 400) {
    for (const stream of opened) stream.send(event);
    sent++;
    await until(
      () => quick.events.length,
      (count) => count === sent,
    );
  }
  expect(closed()).toBe(1);
  expect(streams.size).toBe(1);
  opened[1]?.send(toEvent('small', { a: 'line\nbreak' }, null));
  await until(
    () => quick.all('small'),
    ([data]) => JSON.stringify(data) === '{"a":"line\\nbreak"}',
  );
  streams.stop();
  await quick.ended;
  expect(streams.hasRoom(1)).toBe(false);
  slow.destroy();
});

it("has room for a bounded number of each tenant's, and leaves the rest to others", async () => {
  const { streams, port } = await serve();
  const readers: EventReader[] = [];
  while (readers.length < STREAMS.each) {
    expect(streams.hasRoom(1)).toBe(true);
    readers.push(await EventReader.open(`http://127.0.0.1:${port}/`));
  }
  expect([streams.size, streams.hasRoom(1), streams.hasRoom(2)]).toEqual([STREAMS.each, false, true]);
  readers[0]?.close();
  await until(
    () => streams.hasRoom(1),
    (hasRoom) => hasRoom,
  );
  streams.stop();
});
