/**
 * Splits a whole amount by weights, so that the parts sum to it exactly. Each part is its exact share rounded down; what is left goes, one
 * unit each, to the parts that lost the largest remainder (the method of Hamilton, https://en.wikipedia.org/wiki/Largest_remainders_method).
 * Among equal remainders the later part comes first.
 *
 * @param total any whole number; the parts of `-total` are those of `total` with the other sign
 * @param weights none negative, one above zero
 * @throws RangeError when no weight is above zero, or one is negative
 */
export function split(total: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((acc, weight) => acc + weight, 0n);
  if (sum <= 0n || weights.some((weight) => weight < 0n)) throw new RangeError('Not weights');
  const size = total < 0n ? -total : total;
  const parts = weights.map((weight) => (size * weight) / sum);
  const left = Number(size - parts.reduce((acc, part) => acc + part, 0n));
  const remainders = weights.map((weight, index) => ({ index, lost: (size * weight) % sum }));
  remainders.sort((a, b) => (a.lost === b.lost ? b.index - a.index : a.lost < b.lost ? 1 : -1));
  for (const { index } of remainders.slice(0, left)) parts[index] = (parts[index] ?? 0n) + 1n;
  return total < 0n ? parts.map((part) => -part) : parts;
}
