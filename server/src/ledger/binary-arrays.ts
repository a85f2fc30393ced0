/** Object ids of PostgreSQL's types (pg_type.dat). */
const OID = { bool: 16, int8: 20, int4: 23, text: 25, uuid: 2_950 } as const;
/** Dimensions, has-nulls flag, element type, length, lower bound. */
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;

// Arrays in PostgreSQL's binary form (array_recv in arrayfuncs.c). As text, the driver escapes each element with two
// regular expressions and the server parses them back: a batch of 20 columns took three times as long on both sides.

function head(array: Buffer, oid: number, length: number, hasNulls: boolean): void {
  array.writeInt32BE(length === 0 ? 0 : 1, 0);
  array.writeInt32BE(hasNulls ? 1 : 0, 4);
  array.writeInt32BE(oid, 8);
  if (length === 0) return;
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
}

const bytesOf = (length: number, elementBytes: number) =>
  length === 0 ? 12 : HEAD_BYTES + length * (LENGTH_BYTES + elementBytes);

/** `text[]`; null elements are NULL. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = bytesOf(values.length, 0);
  let hasNulls = false;
  for (const value of values) {
    if (value === null) hasNulls = true;
    else bytes += value.length * 3; // UTF-8 takes at most three bytes a UTF-16 unit
  }
  const array = Buffer.allocUnsafe(bytes);
  head(array, OID.text, values.length, hasNulls);
  let at = HEAD_BYTES;
  for (const value of values) {
    if (value === null) {
      at = array.writeInt32BE(-1, at);
      continue;
    }
    const written = writeText(array, value, at + LENGTH_BYTES);
    array.writeInt32BE(written, at);
    at += LENGTH_BYTES + written;
  }
  return values.length === 0 ? array : array.subarray(0, at);
}

/** A call of `Buffer.write` costs as much as so many characters written here; most of a click's columns are shorter. */
const BY_HAND_LENGTH_MAX = 32;

/** Writes a text in UTF-8; returns how many bytes it took. */
function writeText(array: Buffer, text: string, at: number): number {
  if (text.length > BY_HAND_LENGTH_MAX) return array.write(text, at);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return array.write(text, at);
    array[at + i] = code;
  }
  return text.length;
}

function fixedArray<T>(
  oid: number,
  elementBytes: number,
  values: readonly T[],
  write: (array: Buffer, value: T, at: number) => void,
): Buffer {
  const array = Buffer.allocUnsafe(bytesOf(values.length, elementBytes));
  head(array, oid, values.length, false);
  let at = HEAD_BYTES;
  for (const value of values) {
    at = array.writeInt32BE(elementBytes, at);
    write(array, value, at);
    at += elementBytes;
  }
  return array;
}

/** `integer[]` */
export const int4Array = (values: readonly number[]) =>
  fixedArray(OID.int4, 4, values, (array, value, at) => array.writeInt32BE(value, at));

/** `bigint[]` of integers that a double holds exactly. */
export const int8Array = (values: readonly number[]) =>
  fixedArray(OID.int8, 8, values, (array, value, at) => {
    array.writeInt32BE(Math.floor(value / 2 ** 32), at);
    array.writeUInt32BE(value - Math.floor(value / 2 ** 32) * 2 ** 32, at + 4);
  });

/** `boolean[]` */
export const boolArray = (values: readonly boolean[]) =>
  fixedArray(OID.bool, 1, values, (array, value, at) => array.writeUInt8(value ? 1 : 0, at));

/** `uuid[]`; each value in its canonical text form. */
export const uuidArray = (values: readonly string[]) => fixedArray(OID.uuid, 16, values, writeUuid);

const UUID_DIGITS = 32;
const HYPHEN = 0x2d;
const NO_DIGIT = 0xff;
/** Values of the hexadecimal digits, by character code. */
const DIGIT_OF = new Uint8Array(128).fill(NO_DIGIT);
for (const digit of '0123456789abcdefABCDEF') DIGIT_OF[digit.charCodeAt(0)] = Number.parseInt(digit, 16);

function writeUuid(array: Buffer, uuid: string, at: number): void {
  let count = 0;
  let high = 0;
  for (let i = 0; i < uuid.length; i++) {
    const code = uuid.charCodeAt(i);
    if (code === HYPHEN) continue;
    const digit = DIGIT_OF[code] ?? NO_DIGIT;
    if (digit === NO_DIGIT || count === UUID_DIGITS) throw new RangeError(`Not a UUID: ${uuid}`);
    if (count % 2 === 0) high = digit << 4;
    else array[at + (count >> 1)] = high | digit;
    count++;
  }
  if (count !== UUID_DIGITS) throw new RangeError(`Not a UUID: ${uuid}`);
}
