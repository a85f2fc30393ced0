import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HttpDate } from './http-date.js';
import { type PlainRequest, readPlainRequest } from './plain-request.js';

/** An answer of a fast path, body and fields in ASCII. */
export interface FastReply {
  status: number;
  /** Whole lines, each with its end. */
  fields: string;
  body: string;
}

/** Takes a request, or null: it needs the long way. Of what it then takes, it answers every request. */
export type Serve = (request: PlainRequest, socket: Socket) => Promise<FastReply> | FastReply | null;

/** The address that a request comes from, behind the proxies that are trusted; null when unknown. */
export type AddressOf = (headers: PlainRequest['headers'], socket: Socket) => string | null;

/** What Node's parser says of a request that ends before its body does. */
class CutOff extends Error {
  readonly code = 'HPE_INVALID_EOF_STATE';
}

interface Limits {
  /** How long a connection may be silent before its first request, in milliseconds. */
  headersTimeout: number;
  /** The same between two requests. */
  keepAliveTimeout: number;
}

/**
 * A short way for the request that comes 10,000 times a second. In front of an HTTP server it looks at the bytes of each
 * connection: a whole, plain `POST /api/v1/clicks` or `GET /r/…` is answered here, with less CPU than Node's HTTP and Fastify take for one
 * (docs/benchmarks.md). At the first bytes that are anything else, the connection goes to the server behind, for good and with those bytes unread.
 *
 *     socket ──▶ plain request? ──yes──▶ serve ──▶ reply ──▶ next bytes
 *                     │ no, or more bytes while one is in flight
 *                     ▼
 *                Node, Fastify, with all that they know
 *
 * Many clients send the head in one segment and the body in another: for the rest of a body the next bytes are waited for, once and
 * for a moment.
 */
export class FastPath {
  readonly #connections = new Set<Connection>();
  readonly #date = new HttpDate();
  readonly #keepAlive: string;
  #isStopping = false;
  /** Clicks taken here, and connections given to the server behind, since the start. */
  readonly totals = { taken: 0, givenAway: 0 };

  constructor(
    readonly serve: Serve,
    readonly toServer: (socket: Socket) => void,
    /** Told of a client that ended its side in the middle of a body. */
    readonly onCutOff: (socket: Socket) => void,
    readonly limits: Limits,
    /** Told of an error that no reply could be made of. */
    readonly onLost: (error: unknown) => void = ignore,
  ) {
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(limits.keepAliveTimeout / 1_000)}\r\n`;
  }

  /** Puts a fast path before a server that doesn't listen yet. */
  static before(server: Server, serve: Serve, limits: Limits, onLost?: (error: unknown) => void): FastPath {
    const [toServer] = server.listeners('connection');
    if (!toServer) throw new Error('This server takes no connections');
    const cutOff = (socket: Socket) => server.emit('clientError', new CutOff(), socket);
    const fastPath = new FastPath(
      serve,
      (socket) => void toServer.call(server, socket),
      cutOff,
      limits,
      onLost,
    );
    server.off('connection', toServer as () => void);
    server.on('connection', (socket: Socket) => fastPath.take(socket));
    return fastPath;
  }

  take(socket: Socket): void {
    this.#connections.add(new Connection(this, socket));
  }

  /**
   * From now on each reply is the last of its connection, and who is silent between two requests is hung up on. Who has only just
   * come has a moment to send what may be on its way: call it again, until all have left.
   */
  stop(): void {
    this.#isStopping = true;
    for (const connection of this.#connections) connection.closeIfIdle();
  }

  /** Hangs up on everybody. */
  closeAll(): void {
    for (const connection of this.#connections) connection.close();
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  left(connection: Connection): void {
    this.#connections.delete(connection);
  }

  textOf({ status, fields, body }: FastReply): string {
    const connection = this.#isStopping ? 'Connection: close\r\n' : this.#keepAlive;
    const type = body === '' ? '' : 'content-type: application/json; charset=utf-8\r\n';
    return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields}${type}content-length: ${body.length}\r\nDate: ${this.#date.now()}\r\n${connection}\r\n${body}`;
  }
}

/** So long the rest of a body may take; who is slower is the business of the server behind, which has limits for that. */
const REST_MS_MAX = 1_000;
/** So long after it was opened a connection's first request may be on its way. */
const FIRST_BYTES_MS = 1_000;

/** One connection, as long as it brings plain requests, one at a time. */
class Connection {
  #isBusy = false;
  #isEnded = false;
  /** More came while a request was in flight; it waits unread in the stream. */
  #hasMore = false;
  #hasServed = false;
  /** A whole head, whose body has not come whole yet. */
  #begun: Buffer | null = null;
  readonly #openedAtMs = performance.now();

  constructor(
    private readonly fastPath: FastPath,
    private readonly socket: Socket,
  ) {
    socket.setTimeout(fastPath.limits.headersTimeout);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('timeout', this.#onTimeout);
    socket.on('close', this.#onClose);
    socket.on('error', ignore); // 'close' follows
  }

  close(): void {
    this.socket.destroy();
  }

  closeIfIdle(): void {
    if (this.#begun) {
      this.#toServer();
      return;
    }
    const isNew = !this.#hasServed && performance.now() - this.#openedAtMs < FIRST_BYTES_MS;
    if (!this.#isBusy && !isNew) this.close();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#isBusy) {
      this.#hasMore = true;
      this.#putBack(bytes);
      return;
    }
    const begun = this.#begun;
    const all = begun ? Buffer.concat([begun, bytes]) : bytes;
    const served = this.fastPath.isStopping ? null : this.#serve(all);
    if (served === 'rest' && !begun) {
      this.#begun = all;
      this.socket.setTimeout(Math.min(REST_MS_MAX, this.fastPath.limits.headersTimeout));
      return;
    }
    this.#begun = null;
    if (served === null || served === 'rest') {
      this.#putBack(all);
      this.#toServer();
    } else if (served instanceof Promise) {
      this.#isBusy = true;
      void served.then(this.#reply, this.#lost);
    } else this.#reply(served);
  };

  #serve(bytes: Buffer): Promise<FastReply> | FastReply | 'rest' | null {
    try {
      const request = readPlainRequest(bytes);
      return request === null || request === 'rest' ? request : this.fastPath.serve(request, this.socket);
    } catch {
      // Nothing was taken yet: the long way meets the same error, and answers it.
      return null;
    }
  }

  /** Back into the stream, which is then not read until somebody resumes it. */
  #putBack(bytes: Buffer): void {
    this.socket.pause();
    this.socket.unshift(bytes);
  }

  readonly #reply = (reply: FastReply): void => {
    try {
      this.#write(reply);
    } catch (error) {
      this.#lost(error);
    }
  };

  /** Nothing above should throw; should it all the same, it costs this connection and no other. */
  readonly #lost = (error: unknown): void => {
    this.fastPath.onLost(error);
    this.close();
  };

  #write(reply: FastReply): void {
    const { socket, fastPath } = this;
    this.#isBusy = false;
    this.#hasServed = true;
    if (reply.status < 400) fastPath.totals.taken++;
    if (socket.destroyed) return;
    const isTaken = socket.write(fastPath.textOf(reply), 'latin1');
    if (this.#isEnded || fastPath.isStopping) {
      socket.end();
      return;
    }
    if (socket.timeout !== fastPath.limits.keepAliveTimeout)
      socket.setTimeout(fastPath.limits.keepAliveTimeout);
    // Who sends more than one request at a time, or does not read the replies: the server behind knows what to do.
    if (this.#hasMore || !isTaken) this.#toServer();
  }

  /** Gives the connection away, with what nobody has looked at yet. */
  #toServer(): void {
    const { socket, fastPath } = this;
    if (this.#begun) this.#putBack(this.#begun);
    this.#begun = null;
    socket.pause();
    socket.setTimeout(0);
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('timeout', this.#onTimeout);
    socket.off('close', this.#onClose);
    fastPath.left(this);
    fastPath.totals.givenAway++;
    fastPath.toServer(socket);
    socket.off('error', ignore);
    socket.resume();
  }

  readonly #onEnd = (): void => {
    this.#isEnded = true;
    if (this.#begun) this.fastPath.onCutOff(this.socket);
    else if (!this.#isBusy) this.socket.end();
  };

  readonly #onTimeout = (): void => {
    if (this.#begun) this.#toServer();
    else if (!this.#isBusy) this.close();
  };

  readonly #onClose = (): void => this.fastPath.left(this);
}

function ignore(): void {}
