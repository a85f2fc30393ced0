/** A number from 0 up to 1, as `Math.random` gives. */
export type Random = () => number;

/** The same numbers for the same seed (mulberry32 by Tommy Ettinger, public domain). */
export function seededRandom(seed: number): Random {
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

/**
 * Picks one of the values, as often as its weight says, by one number.
 *
 * @throws RangeError without a value
 */
export function makePicker<T>(choices: Weighted<T>): (random: Random) => T {
  const last = choices.at(-1);
  if (!last) throw new RangeError('nothing to pick from');
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
  let sum = 0;
  const ends = choices.map(([, weight]) => {
    sum += weight;
    return sum / total;
  });
  return (random) => {
    const number = random();
    const index = ends.findIndex((end) => number < end);
    return (choices[index] ?? last)[0];
  };
}

/** A whole number from 1 to `count` - 1 after Zipf's law with exponent 1, by the inverse of its continuous form: 1 is the most common. */
export const zipf = (count: number, random: Random): number => Math.floor(count ** random()) % count;

/** A version 4 UUID of sixteen bytes. */
function uuidOf(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A UUID that nobody else has. Unlike `crypto.randomUUID` it also works on pages that were not served over HTTPS. */
export const randomUuid = (): string => uuidOf(crypto.getRandomValues(new Uint8Array(16)));

/** A UUID that is the same for the same seed. */
export const uuidFrom = (random: Random): string =>
  uuidOf(Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)));
