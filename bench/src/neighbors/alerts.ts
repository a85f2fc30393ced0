import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ask, type Tenant } from './tenants.js';

const CAMPAIGN_CLICKS = 120;
const GIVE_UP_MS = 180_000;

/** Receivers of alerts on this machine: one that takes them, and one that accepts connections and never answers. */
export class Receivers {
  readonly #told = new Map<string, () => void>();
  readonly #sockets = new Set<Socket>();
  /** Requests that reached the one that never answers. */
  unanswered = 0;
  readonly #good = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += String(data)));
    request.on('end', () => {
      response.writeHead(204).end();
      const { alert } = JSON.parse(body) as { alert: { campaign_id: string } };
      this.#told.get(alert.campaign_id)?.();
    });
  });
  readonly #dead = createServer(() => this.unanswered++);

  /** Sets the webhooks of both. */
  async open(tenants: { flooding: Tenant; neighbor: Tenant }): Promise<void> {
    for (const [server, tenant] of [
      [this.#good, tenants.neighbor],
      [this.#dead, tenants.flooding],
    ] as const) {
      server.on('connection', (socket: Socket) => {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const reply = await ask(tenant, '/api/v1/alerts/webhook', { method: 'PUT', body: { url } });
      if (!reply.ok) throw new Error(`the webhook: ${reply.status} ${await reply.text()}`);
    }
  }

  /** Milliseconds until an alert about this campaign is delivered, from the reply to the clicks that call for it. */
  async timeToAlert(neighbor: Tenant, campaign: string): Promise<number> {
    const told = new Promise<void>((resolve) => this.#told.set(campaign, resolve));
    await sendRobots(neighbor, campaign);
    const from = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<number>((resolve) => {
      timer = setTimeout(resolve, GIVE_UP_MS, Number.NaN);
    });
    const took = await Promise.race([told.then(() => performance.now() - from), late]);
    clearTimeout(timer);
    return took;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#good.close();
    this.#dead.close();
  }
}

/** Clicks of robots, more than an alert needs. Again when they are refused: a neighbor's client would do so, too. */
export async function sendRobots(tenant: Tenant, campaign: string): Promise<void> {
  const clicks = Array.from({ length: CAMPAIGN_CLICKS }, (_, i) => ({
    ad_id: `${campaign}-${i}`,
    campaign_id: campaign,
    advertiser_id: 'robots',
    user_agent: 'Googlebot/2.1',
  }));
  for (;;) {
    const reply = await ask(tenant, '/api/v1/clicks/batch', { body: { clicks } });
    await reply.arrayBuffer();
    if (reply.status === 202) return;
    if (reply.status !== 503) throw new Error(`the clicks of robots: ${reply.status}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
