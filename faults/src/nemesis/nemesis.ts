import { sleep } from '@clickledger/server/lib/backoff.js';
import type { Chance } from '@clickledger/traffic';
import type { Fault } from './fault.js';

/** Pause between the starts of two faults, in milliseconds. */
const GAP_MS_MAX = 1_200;
/** Most faults at the same time. */
const AT_ONCE_MAX = 3;

/** Does one fault after the other, sometimes several at once; each equally often, in an order that the seed decides. */
export class Nemesis {
  /** How often each fault was done. */
  readonly done = new Map<Fault, number>();
  readonly failures: string[] = [];
  readonly #busyParts = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #bag: Fault[] = [];

  constructor(
    private readonly faults: readonly Fault[],
    private readonly chance: Chance,
    private readonly say: (line: string) => void,
  ) {}

  /** Until `stop`; resolves when the last fault is undone. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const fault = this.#next();
      if (fault && this.#running.size < AT_ONCE_MAX) this.#begin(fault);
      await sleep(this.chance.between(50, GAP_MS_MAX), signal);
    }
    await Promise.all(this.#running);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** The first of the bag whose parts are free; a new bag holds each fault once. */
  #next(): Fault | undefined {
    if (this.#bag.length === 0) this.#bag = this.chance.shuffle(this.faults);
    const index = this.#bag.findIndex((fault) => fault.parts.every((part) => !this.#busyParts.has(part)));
    return index === -1 ? undefined : this.#bag[index];
  }

  #begin(fault: Fault): void {
    this.#bag.splice(this.#bag.indexOf(fault), 1);
    for (const part of fault.parts) this.#busyParts.add(part);
    this.say(`${fault.kind}: ${fault.target}`);
    const work = fault
      .run(this.chance.fork())
      .then(() => this.done.set(fault, (this.done.get(fault) ?? 0) + 1))
      .catch((error: unknown) => this.failures.push(`${fault.kind}, ${fault.target}: ${error}`))
      .then(() => {
        for (const part of fault.parts) this.#busyParts.delete(part);
        this.#running.delete(work);
      });
    this.#running.add(work);
  }
}
