import { type Random, seededRandom, uuidFrom } from './random.js';

/** Everything random in a run comes from here, so that its seed replays the same run. */
export class Chance {
  readonly #next: Random;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** From 0 to 1. */
  number(): number {
    return this.#next();
  }

  happens(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A whole number from `min` to `max`. */
  between(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#next() * choices.length)] as T;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const mixed = [...list];
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = this.between(0, i);
      [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
    }
    return mixed;
  }

  uuid(): string {
    return uuidFrom(this.#next);
  }

  /** A generator of its own, so that one consumer's draws do not shift another's. */
  fork(): Chance {
    return new Chance(Math.floor(this.#next() * 0xffff_ffff));
  }
}
