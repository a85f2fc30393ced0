import { Agent, get, type IncomingMessage } from 'node:http';

/** What an open Overview page watches: figures with the period before, the chart, and its tables. */
const VIEWS = [
  'range=last_24h&granularity=total&compare=previous',
  'range=last_24h&granularity=hour',
  'range=last_24h&granularity=total&group_by=campaign_id&limit=10',
  'range=last_24h&granularity=total&group_by=country&limit=10',
];

/** Open dashboards: so many readers of one stream of four views each. Counts what they are sent. */
export class Watchers {
  readonly #agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  readonly #streams: IncomingMessage[] = [];
  events = 0;
  bytes = 0;
  /** Streams that ended by themselves. */
  ended = 0;

  async open(url: string, count: number): Promise<void> {
    const query = VIEWS.map((view) => `q=${encodeURIComponent(view)}`).join('&');
    for (let i = 0; i < count; i++) {
      const stream = await new Promise<IncomingMessage>((resolve, reject) => {
        get(`${url}/api/v1/analytics/stream?${query}`, { agent: this.#agent }, resolve).once('error', reject);
      });
      if (stream.statusCode !== 200) throw new Error(`a stream was answered ${stream.statusCode}`);
      stream.on('data', (data: Buffer) => {
        this.bytes += data.length;
        // Each event ends with an empty line; a few may come in one piece.
        for (let at = data.indexOf('\n\n'); at >= 0; at = data.indexOf('\n\n', at + 2)) this.events++;
      });
      stream.once('close', () => this.ended++);
      stream.on('error', () => undefined);
      this.#streams.push(stream);
    }
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#agent.destroy();
  }
}
