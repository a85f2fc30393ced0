import type { ServerResponse } from 'node:http';
import { Gauge, type Registry } from 'prom-client';
import type { Background, Loop } from '../lib/background.js';
import { Shares } from '../lib/shares.js';
import { isTransient } from '../lib/transient.js';

/** Event streams that one process holds open, of all tenants and of each; beyond it a reader gets 503. */
export const STREAMS = { total: 2_000, each: 400 };
/** A reader that has so many bytes waiting is dropped; it connects again and gets the newest state, not the old ones. */
export const STREAM_BUFFER_BYTES_MAX = 1_048_576;
/** Comments that keep proxies from cutting a quiet stream; below the usual minute. */
const HEARTBEAT_MS = 15_000;
/** When a reader whose stream broke connects again, in milliseconds. */
const RETRY_MS = 2_000;

const HEARTBEAT = Buffer.from(': \n\n');
const OPENING = Buffer.from(`retry: ${RETRY_MS}\n\n`);

/** The bytes of an event, made once for all its readers. */
export function toEvent(name: string, data: unknown, id: number | null): Buffer {
  return Buffer.from(`event: ${name}\n${id === null ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
}

/** Told once when a store goes away; the next answer says that it is back. */
const AWAY = toEvent(
  'error',
  { code: 'unavailable', message: 'A store can not answer now; the figures may be old.' },
  null,
);

/** The same for a fault of this server; its log has the reason. */
const INTERNAL = toEvent(
  'error',
  { code: 'internal', message: 'The server failed to answer this; the figures may be old.' },
  null,
);

/** The event that says why the figures stand still. */
export const failureEvent = (error: unknown): Buffer => (isTransient(error) ? AWAY : INTERNAL);

/** A reader of events. */
export interface EventStream {
  /** Writes an event, or drops a reader that has fallen too far behind. */
  send(event: Buffer): void;
}

/** The open event streams of this process: a bounded number, each with a bounded buffer, all closed on stop. */
export class EventStreams {
  readonly #open = new Map<ServerResponse, () => void>();
  /** By tenant. */
  readonly #shares = new Shares<number>(STREAMS);
  #heartbeat: Loop | null = null;
  #stopping = false;
  #dropped = 0;

  constructor(
    registry: Registry,
    private readonly background: Background,
  ) {
    const streams = () => this.#open.size;
    const dropped = () => this.#dropped;
    new Gauge({
      name: 'clickledger_event_streams',
      help: 'Event streams open: dashboards that are pushed to.',
      registers: [registry],
      collect() {
        this.set(streams());
      },
    });
    new Gauge({
      name: 'clickledger_event_streams_dropped',
      help: 'Event streams cut because their readers fell too far behind, since the start.',
      registers: [registry],
      collect() {
        this.set(dropped());
      },
    });
  }

  get size(): number {
    return this.#open.size;
  }

  /** Whether a tenant may open one more. */
  hasRoom(tenantId: number): boolean {
    return !this.#stopping && this.#shares.hasRoom(tenantId);
  }

  /**
   * Turns a response into an event stream. The caller has asked `hasRoom`.
   *
   * @param tenantId whose share it is of
   * @param onClose called once, when the reader is gone or dropped, or the server stops
   */
  open(response: ServerResponse, tenantId: number, onClose: () => void): EventStream {
    const giveBack = this.#shares.take(tenantId);
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      // It ends when the server stops, and nothing follows it then.
      connection: 'close',
    });
    response.write(OPENING);
    const close = () => {
      if (!this.#open.delete(response)) return;
      giveBack();
      if (this.#open.size === 0) {
        void this.#heartbeat?.stop();
        this.#heartbeat = null;
      }
      onClose();
    };
    response.once('close', close);
    response.on('error', close);
    this.#open.set(response, close);
    this.#heartbeat ??= this.background.every(
      { name: 'stream heartbeat', failure: 'quiet streams got no sign of life; they get the next one' },
      { everyMs: HEARTBEAT_MS },
      () => {
        for (const one of this.#open.keys()) this.#write(one, HEARTBEAT);
      },
    );
    return { send: (event) => this.#write(response, event) };
  }

  /** Ends every stream; none is opened from then on. */
  stop(): void {
    this.#stopping = true;
    for (const [response, close] of [...this.#open]) {
      response.end();
      close();
    }
  }

  #write(response: ServerResponse, bytes: Buffer): void {
    if (response.writableEnded || response.destroyed) return;
    if (response.writableLength > STREAM_BUFFER_BYTES_MAX) {
      this.#dropped++;
      response.destroy();
      return;
    }
    response.write(bytes);
  }
}
