import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What a connection through the proxy suffers. `cut`: it ends, and new ones do. `stall`: it stays, and nothing passes. `delay`: all
 * passes late. `swallow`: what is asked passes, and with the first answer the connection ends.
 */
export type ProxyMode = 'open' | 'cut' | 'stall' | 'delay' | 'swallow';

/** A TCP proxy on loopback between two parts of the system, to cut and delay what they say to each other. */
export class TcpProxy {
  #mode: ProxyMode = 'open';
  #delayMs = 0;
  readonly #pairs = new Set<{ near: Socket; far: Socket }>();
  #server: Server | null = null;
  #port = 0;

  constructor(
    readonly name: string,
    private readonly target: { host: string; port: number },
  ) {}

  get port(): number {
    return this.#port;
  }

  async start(): Promise<this> {
    const server = createServer((near) => this.#accept(near));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as { port: number }).port;
    return this;
  }

  set(mode: ProxyMode, delayMs = 0): void {
    this.#mode = mode;
    this.#delayMs = delayMs;
    for (const { near, far } of this.#pairs) {
      if (mode === 'cut') near.destroy();
      for (const socket of [near, far]) {
        if (mode === 'stall') socket.pause();
        else socket.resume();
      }
    }
  }

  async stop(): Promise<void> {
    this.set('cut');
    await new Promise((resolve) => this.#server?.close(resolve) ?? resolve(null));
  }

  #accept(near: Socket): void {
    if (this.#mode === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(this.target);
    const pair = { near, far };
    this.#pairs.add(pair);
    for (const socket of [near, far]) {
      socket.setNoDelay();
      socket.on('error', () => undefined); // a cut connection is what this is for
      socket.on('close', () => {
        near.destroy();
        far.destroy();
        this.#pairs.delete(pair);
      });
      if (this.#mode === 'stall') socket.pause();
    }
    const toFar = new Direction(far);
    const toNear = new Direction(near);
    near.on('data', (data) => toFar.pass(data, this.#delayOf()));
    far.on('data', (data) => {
      if (this.#mode === 'swallow') near.destroy();
      else toNear.pass(data, this.#delayOf());
    });
  }

  #delayOf(): number {
    return this.#mode === 'delay' ? this.#delayMs : 0;
  }
}

/** One direction of a connection. What comes later never overtakes what is still delayed. */
class Direction {
  readonly #waiting: { data: Buffer; dueAt: number }[] = [];

  constructor(private readonly to: Socket) {}

  pass(data: Buffer, delayMs: number): void {
    const dueAt = performance.now() + delayMs;
    if (this.#waiting.length === 0 && delayMs === 0) {
      this.#write(data);
      return;
    }
    this.#waiting.push({ data, dueAt });
    if (this.#waiting.length === 1) this.#wait(delayMs);
  }

  #wait(ms: number): void {
    setTimeout(() => {
      const first = this.#waiting.shift();
      if (first) this.#write(first.data);
      const [next] = this.#waiting;
      if (next) this.#wait(Math.max(0, next.dueAt - performance.now()));
    }, ms);
  }

  #write(data: Buffer): void {
    if (this.to.writable) this.to.write(data);
  }
}
