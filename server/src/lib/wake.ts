/** Wakes who waits for work to come up in this process, so that it need not look for it by the clock. One may wait at a time. */
export class Wake {
  #isDue = false;
  #end: (() => void) | null = null;

  /** There is work. Costs next to nothing when nobody waits. */
  notify(): void {
    this.#isDue = true;
    this.#end?.();
  }

  /** Resolves when there is work, also work since the last wait ended; after `ms` milliseconds; or when the signal is aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isDue && !signal.aborted)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener('abort', this.#end, { once: true });
      });
    if (this.#end) signal.removeEventListener('abort', this.#end);
    this.#end = null;
    this.#isDue = false;
  }
}
