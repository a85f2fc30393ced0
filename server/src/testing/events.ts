export interface ReceivedEvent {
  name: string;
  id: string | null;
  data: unknown;
}

/** A reader of an event stream on a real socket, as a browser is one. */
export class EventReader {
  readonly events: ReceivedEvent[] = [];
  comments = 0;
  /** Resolves when the server ends the stream, or it breaks. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();

  private constructor(response: Response) {
    this.ended = this.#read(response).catch(() => undefined);
  }

  static async open(url: string): Promise<EventReader> {
    const abort = new AbortController();
    const response = await fetch(url, { signal: abort.signal, headers: { accept: 'text/event-stream' } });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    const reader = new EventReader(response);
    reader.#abort.signal.addEventListener('abort', () => abort.abort());
    return reader;
  }

  close(): void {
    this.#abort.abort();
  }

  all<T>(name: string): T[] {
    return this.events.filter((event) => event.name === name).map((event) => event.data as T);
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) this.#take(part);
    }
  }

  #take(part: string): void {
    const fields = new Map(
      part.split('\n').map((line) => {
        const [, name = '', value = ''] = /^(\w*): ?(.*)$/.exec(line) ?? [];
        return [name, value] as const;
      }),
    );
    const name = fields.get('event');
    if (name === undefined) this.comments++;
    else
      this.events.push({
        name,
        id: fields.get('id') ?? null,
        data: JSON.parse(fields.get('data') ?? 'null'),
      });
  }
}
