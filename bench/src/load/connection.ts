import { connect, type Socket } from 'node:net';

/** One kept-alive HTTP/1.1 connection with one request at a time. Reads only what the measurement needs. */
export class Connection {
  #socket: Socket | null = null;
  #buffered = '';
  #onReply: ((status: number, bytes: number) => void) | null = null;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly segments: 1 | 2,
  ) {}

  /** Resolves when connected. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.host, port: this.port, noDelay: true });
      socket.setEncoding('latin1');
      socket.once('connect', () => {
        socket.off('error', reject);
        socket.on('error', () => undefined); // 'close' follows, and fails the request at hand
        this.#socket = socket;
        resolve();
      });
      socket.once('error', reject);
      socket.on('data', (text: string) => this.#read(text));
      socket.on('close', () => {
        this.#socket = null;
        this.#finish(0, 0);
      });
    });
  }

  get isOpen(): boolean {
    return this.#socket !== null;
  }

  /** Sends a whole request; `onReply` gets its status, or 0 when the connection was lost. */
  send(request: string, onReply: (status: number, bytes: number) => void): void {
    this.#onReply = onReply;
    const body = this.segments === 2 ? request.indexOf('\r\n\r\n') + 4 : 0;
    if (!this.#socket) this.#finish(0, 0);
    else if (body === 0) this.#socket.write(request, 'utf8');
    else {
      this.#socket.write(request.slice(0, body), 'utf8');
      // A moment later: in one the kernel would give both to the server at once.
      setImmediate(() => this.#socket?.write(request.slice(body), 'utf8'));
    }
  }

  close(): void {
    this.#socket?.destroy();
  }

  #read(text: string): void {
    this.#buffered = this.#buffered === '' ? text : this.#buffered + text;
    const head = this.#buffered.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = /content-length: (\d+)/i.exec(this.#buffered.slice(0, head))?.[1] ?? '0';
    const bytes = head + 4 + Number(length);
    if (this.#buffered.length < bytes) return;
    const status = Number(this.#buffered.slice(9, 12));
    this.#buffered = '';
    this.#finish(status, bytes);
  }

  #finish(status: number, bytes: number): void {
    const give = this.#onReply;
    this.#onReply = null;
    give?.(status, bytes);
  }
}
