/** A small, fast generator of numbers that look random and are the same for the same seed (mulberry32, public domain). */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A value and how often it comes up among its like. */
export type Weighted<T> = readonly (readonly [value: T, weight: number])[];

/** Picks by weight; `draw` is a number from 0 to 1. */
export function makePicker<T>(choices: Weighted<T>): (draw: number) => T {
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
  let sum = 0;
  const ends = choices.map(([, weight]) => {
    sum += weight;
    return sum / total;
  });
  return (draw) => {
    const index = ends.findIndex((end) => draw < end);
    return (choices[index === -1 ? choices.length - 1 : index] as (typeof choices)[number])[0];
  };
}
