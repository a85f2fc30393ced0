import { setMaxListeners } from 'node:events';
import type { BatchReply, ClickReply } from '@clickledger/contract';
import { sleep } from '@clickledger/server/lib/backoff.js';
import type { Chance } from '@clickledger/traffic';
import { type History, LINK_PATH, type Operation } from '../history.js';
import { follow } from './follow-link.js';
import { OperationMaker } from './operations.js';

const ATTEMPT_MS_MAX = 15_000;
/** Pause before the first retry; each further one doubles it, up to the longest. */
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 4_000;
/** Requests that wait for their acknowledgement. While so many do, no new ones begin: an outage must not end in a storm. */
const WAITING_MAX = 100;
/** Share of identified requests that are sent to two nodes at the same moment, as an impatient balancer does. */
const TWICE_AT_ONCE = 0.08;
/** Share of identified requests that are sent again after they were acknowledged. */
const AGAIN_LATER = 0.25;

export interface ClientsOptions {
  urls: () => readonly string[];
  chance: Chance;
  history: History;
  operationsPerSecond: number;
  /** Longest time until an acknowledged request is sent again, in milliseconds. */
  againMsMax: number;
}

/**
 * Clients as they are: they retry on every error and timeout, on whichever node they reach, and some send again what was
 * acknowledged long ago. A request that the server can't know again is sent once.
 */
export class Clients {
  readonly #work = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  #loop: Promise<void> | null = null;
  #waiting = 0;

  constructor(private readonly options: ClientsOptions) {
    // Each attempt and each pause listens.
    setMaxListeners(0, this.#stop.signal, this.#giveUp.signal);
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Sends nothing new; what is under way is retried until it is acknowledged. False when some is not by the deadline. */
  async finish(withinMs: number): Promise<boolean> {
    this.#stop.abort();
    await this.#loop;
    const timer = setTimeout(() => this.#giveUp.abort(), withinMs);
    await Promise.all(this.#work);
    clearTimeout(timer);
    return !this.#giveUp.signal.aborted;
  }

  async #run(): Promise<void> {
    const { chance, history, operationsPerSecond } = this.options;
    const maker = new OperationMaker(chance.fork());
    let due = 0;
    for (let last = performance.now(); !this.#stop.signal.aborted; ) {
      due += ((performance.now() - last) / 1_000) * operationsPerSecond;
      last = performance.now();
      for (; due >= 1; due--) {
        if (this.#waiting >= WAITING_MAX) continue;
        const operation = maker.next();
        history.add(operation);
        const work = this.#perform(operation, chance.fork()).finally(() => this.#work.delete(work));
        this.#work.add(work);
      }
      await sleep(20);
    }
  }

  async #perform(operation: Operation, chance: Chance): Promise<void> {
    this.#waiting++;
    if (!operation.isIdentified || chance.happens(TWICE_AT_ONCE)) {
      const times = operation.isIdentified ? 2 : 1;
      await Promise.all(Array.from({ length: times }, () => this.#attempt(operation, chance)));
    }
    if (operation.isIdentified) await this.#untilAcknowledged(operation, chance);
    this.#waiting--;
    if (!operation.isIdentified) return;
    if (!chance.happens(AGAIN_LATER)) return;
    await sleep(chance.between(10, this.options.againMsMax), this.#stop.signal);
    operation.acknowledgements.length > 0 && (await this.#untilAcknowledged(operation, chance, true));
  }

  async #untilAcknowledged(operation: Operation, chance: Chance, again = false): Promise<void> {
    const before = again ? operation.acknowledgements.length : 0;
    let pauseMs = RETRY_MS_MIN;
    while (operation.acknowledgements.length <= before && !this.#giveUp.signal.aborted) {
      if (await this.#attempt(operation, chance)) return;
      await sleep(chance.between(pauseMs / 2, pauseMs), this.#giveUp.signal);
      pauseMs = Math.min(RETRY_MS_MAX, pauseMs * 2);
    }
  }

  /** True when it was acknowledged. */
  async #attempt(operation: Operation, chance: Chance): Promise<boolean> {
    const { urls, history } = this.options;
    const url = chance.pick(urls());
    const address = `10.9.${chance.between(0, 3)}.${chance.between(1, 250)}`;
    try {
      if (operation.route === LINK_PATH) return await this.#follow(operation, url, address);
      const response = await fetch(`${url}${operation.route}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-for': address,
          ...(operation.key === null ? {} : { 'idempotency-key': operation.key }),
        },
        body: operation.body,
        signal: AbortSignal.any([AbortSignal.timeout(ATTEMPT_MS_MAX), this.#giveUp.signal]),
      });
      const body = await response.text();
      history.count(String(response.status));
      if (response.status !== 200 && response.status !== 202) {
        operation.unknownAttempts++;
        return false;
      }
      note(operation, response.status, body);
      return true;
    } catch (error) {
      history.count(nameOf(error));
      operation.unknownAttempts++;
      return false;
    }
  }

  /** A browser that is not redirected tells nobody and comes not again. */
  async #follow(operation: Operation, url: string, address: string): Promise<boolean> {
    const [click] = operation.clicks;
    const { status, clickId } = await follow(url, String(click?.body.referrer), address, ATTEMPT_MS_MAX);
    this.options.history.count(String(status));
    if (clickId === null) {
      operation.unknownAttempts++;
      return false;
    }
    click?.answers.push({ status, clickId, isDuplicate: false, isFraudulent: null });
    operation.acknowledgements.push({ status, body: clickId });
    return true;
  }
}

function note(operation: Operation, status: number, body: string): void {
  operation.acknowledgements.push({ status, body });
  const reply = JSON.parse(body) as ClickReply | BatchReply;
  const results = 'results' in reply ? reply.results : [reply];
  operation.clicks.forEach((click, i) => {
    const result = results[i];
    if (result?.success)
      click.answers.push({
        status,
        clickId: result.click_id,
        isDuplicate: result.is_duplicate,
        isFraudulent: result.is_fraudulent,
      });
  });
}

function nameOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.code ?? cause?.message ?? (error as Error).name;
}
