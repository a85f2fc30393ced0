/**
 * Most bytes of a list that is bound to a query. A server takes 128 KiB in one field of a form (`http_max_field_value_size`), the
 * embedded engine 256 KiB in all parameters of a query together (`max_query_size`), of which three lists are the most.
 */
const LIST_BYTES_MAX = 60_000;
/** Quotes, a comma, and some that must be escaped. */
const VALUE_BYTES_MORE = 8;

const bytesOf = (value: string) => Buffer.byteLength(value) + VALUE_BYTES_MORE;

/** Whether these values may be bound to a query as one list. */
export const fitsInList = (values: readonly string[]): boolean =>
  values.reduce((bytes, value) => bytes + bytesOf(value), 0) <= LIST_BYTES_MAX;

/** Cuts items into as many parts as it takes for the values of each to be bound as one list. */
export function cutToLists<T>(items: readonly T[], textOf: (item: T) => string): T[][] {
  const parts: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const more = bytesOf(textOf(item));
    if (bytes + more > LIST_BYTES_MAX) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(item);
    bytes += more;
  }
  return parts;
}
