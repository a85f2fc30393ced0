import type pg from 'pg';
import type { Background, Loop } from '../lib/background.js';
import { LinkInForce } from './link-in-force.js';
import { readHostsAndBudgets, readLinks } from './read-links.js';

/** Time between two looks, two small queries each: a change is in force on every node within 5 s. */
const POLL_MS = 2_000;
const TASK = { name: 'links in force', failure: 'links can not be read; the last ones stay in force' };
/** Before every transaction. */
const ALL = '0';

/** Host and slug as one key: no host has a slash. */
const addressOf = (host: string, slug: string): string => `${host}/${slug}`;

/** Every tenant's links, held in memory, so that a redirect asks nobody. While the ledger is away the last ones stay in force. */
export class LinksInForce {
  readonly #links = new Map<string, LinkInForce>();
  #hosts: ReadonlySet<string> = new Set();
  #spent: ReadonlySet<string> = new Set();
  #nextXid = ALL;
  #loop: Loop | null = null;
  #reading: Promise<void> = Promise.resolve();

  constructor(private readonly parts: { pool: pg.Pool; background: Background }) {}

  /** Reads them for the first time, and then keeps looking. */
  async start(): Promise<void> {
    await this.refresh();
    this.#loop ??= this.parts.background.every(TASK, { everyMs: POLL_MS }, () => this.refresh());
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  /** When it resolves, whatever was committed before the call is in force here. */
  refresh(): Promise<void> {
    const reading = this.#reading.catch(() => undefined).then(() => this.#read());
    this.#reading = reading;
    return reading;
  }

  /**
   * @param host as a request names it, with or without a port; a host of one account has its links alone
   */
  find(host: string, slug: string): LinkInForce | undefined {
    if (this.#hosts.size === 0) return this.#links.get(addressOf('', slug));
    const name = host.replace(/:\d*$/, '').toLowerCase();
    return this.#links.get(addressOf(this.#hosts.has(name) ? name : '', slug));
  }

  /** Whether the link's campaign has spent its budget of the day. */
  isOverBudget({ tenantId, campaignId }: LinkInForce): boolean {
    return this.#spent.size > 0 && this.#spent.has(`${tenantId} ${campaignId}`);
  }

  async #read(): Promise<void> {
    const { pool } = this.parts;
    const { hosts, spent } = await readHostsAndBudgets(pool);
    const { links, nextXid } = await readLinks(pool, this.#nextXid);
    for (const link of links) this.#links.set(addressOf(link.host, link.slug), new LinkInForce(link));
    this.#hosts = hosts;
    this.#spent = spent;
    this.#nextXid = nextXid;
  }
}
