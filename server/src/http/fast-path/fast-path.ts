import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HttpDate } from './http-date.js';
import { type PlainRequest, readPlainRequest } from './plain-request.js';

/** An answer of a lane, body and fields in ASCII. */
export interface LaneReply {
  status: number;
  /** Whole lines, each with its end. */
  fields: string;
  body: string;
}

/** Takes a request, or null: it needs the long way. Of what it then takes, it answers every request. */
export type Serve = (request: PlainRequest, socket: Socket) => Promise<LaneReply> | LaneReply | null;

interface Limits {
  /** How long a connection may be silent before its first request, in milliseconds. */
  headersTimeout: number;
  /** The same between two requests. */
  keepAliveTimeout: number;
}

/**
 * A short way for the request that comes 10,000 times a second. In front of an HTTP server it looks at the bytes of each
 * connection: a whole, plain `POST /api/v1/clicks` is answered here, with less than half of the CPU that Node's HTTP and
 * Fastify take for one. At the first bytes that are anything else, the connection goes to the server behind, for good and with those bytes unread.
 *
 *     socket ──▶ plain request? ──yes──▶ serve ──▶ reply ──▶ next bytes
 *                     │ no, or more bytes while one is in flight
 *                     ▼
 *                Node, Fastify, with all that they know
 */
export class Lane {
  readonly #connections = new Set<Connection>();
  readonly #date = new HttpDate();
  readonly #keepAlive: string;
  #isStopping = false;
  /** Clicks taken here, and connections given to the server behind, since the start. */
  readonly totals = { taken: 0, givenAway: 0 };

  constructor(
    readonly serve: Serve,
    readonly toServer: (socket: Socket) => void,
    readonly limits: Limits,
    /** Told of an error that no reply could be made of. */
    readonly onLost: (error: unknown) => void = ignore,
  ) {
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(limits.keepAliveTimeout / 1_000)}\r\n`;
  }

  /** Puts a lane before a server that doesn't listen yet. */
  static before(server: Server, serve: Serve, limits: Limits, onLost?: (error: unknown) => void): Lane {
    const [toServer] = server.listeners('connection');
    if (!toServer) throw new Error('This server takes no connections');
    const lane = new Lane(serve, (socket) => void toServer.call(server, socket), limits, onLost);
    server.off('connection', toServer as () => void);
    server.on('connection', (socket: Socket) => lane.take(socket));
    return lane;
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

  textOf({ status, fields, body }: LaneReply): string {
    const connection = this.#isStopping ? 'Connection: close\r\n' : this.#keepAlive;
    return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields}content-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\nDate: ${this.#date.now()}\r\n${connection}\r\n${body}`;
  }
}

/** So long after it was opened a connection's first request may be on its way. */
const FIRST_BYTES_MS = 1_000;

/** One connection, as long as it brings plain requests, one at a time. */
class Connection {
  #isBusy = false;
  #isEnded = false;
  /** More came while a request was in flight; it waits unread in the stream. */
  #hasMore = false;
  #hasServed = false;
  readonly #openedAtMs = performance.now();

  constructor(
    private readonly lane: Lane,
    private readonly socket: Socket,
  ) {
    socket.setTimeout(lane.limits.headersTimeout);
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
    const isNew = !this.#hasServed && performance.now() - this.#openedAtMs < FIRST_BYTES_MS;
    if (!this.#isBusy && !isNew) this.close();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#isBusy) {
      this.#hasMore = true;
      this.#putBack(bytes);
      return;
    }
    const served = this.lane.isStopping ? null : this.#serve(bytes);
    if (served === null) {
      this.#putBack(bytes);
      this.#toServer();
    } else if (served instanceof Promise) {
      this.#isBusy = true;
      void served.then(this.#reply, this.#lost);
    } else this.#reply(served);
  };

  #serve(bytes: Buffer): Promise<LaneReply> | LaneReply | null {
    try {
      const request = readPlainRequest(bytes);
      return request && this.lane.serve(request, this.socket);
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

  readonly #reply = (reply: LaneReply): void => {
    try {
      this.#write(reply);
    } catch (error) {
      this.#lost(error);
    }
  };

  /** Nothing above should throw; should it all the same, it costs this connection and no other. */
  readonly #lost = (error: unknown): void => {
    this.lane.onLost(error);
    this.close();
  };

  #write(reply: LaneReply): void {
    const { socket, lane } = this;
    this.#isBusy = false;
    this.#hasServed = true;
    if (reply.status < 300) lane.totals.taken++;
    if (socket.destroyed) return;
    const isTaken = socket.write(lane.textOf(reply), 'latin1');
    if (this.#isEnded || lane.isStopping) {
      socket.end();
      return;
    }
    if (socket.timeout !== lane.limits.keepAliveTimeout) socket.setTimeout(lane.limits.keepAliveTimeout);
    // Who sends more than one request at a time, or does not read the replies: the server behind knows what to do.
    if (this.#hasMore || !isTaken) this.#toServer();
  }

  /** Gives the connection away, with what nobody has looked at yet. */
  #toServer(): void {
    const { socket, lane } = this;
    socket.pause();
    socket.setTimeout(0);
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('timeout', this.#onTimeout);
    socket.off('close', this.#onClose);
    lane.left(this);
    lane.totals.givenAway++;
    lane.toServer(socket);
    socket.off('error', ignore);
    socket.resume();
  }

  readonly #onEnd = (): void => {
    this.#isEnded = true;
    if (!this.#isBusy) this.socket.end();
  };

  readonly #onTimeout = (): void => {
    if (!this.#isBusy) this.close();
  };

  readonly #onClose = (): void => this.lane.left(this);
}

function ignore(): void {}
