export interface Line {
  /** From 1. */
  line: number;
  /** Without its line break; null when it is longer than the maximum. */
  text: string | null;
  /** False for a last line without a line break: it may have been cut while it was being written. */
  terminated: boolean;
}

/**
 * Splits text into lines at LF or CRLF. Never holds more than one chunk and `lengthMax` characters. Gives the lines of a chunk together, since waiting for each
 * alone would take longer than parsing it.
 */
export async function* readLines(chunks: AsyncIterable<string>, lengthMax: number): AsyncGenerator<Line[]> {
  let number = 0;
  let carry = '';
  let tooLong = false;

  const finish = (tail: string, terminated: boolean): Line => {
    const whole = carry + tail;
    const text = terminated && whole.endsWith('\r') ? whole.slice(0, -1) : whole;
    const fits = !tooLong && text.length <= lengthMax;
    carry = '';
    tooLong = false;
    number += 1;
    return { line: number, text: fits ? text : null, terminated };
  };

  for await (const chunk of chunks) {
    const parts = chunk.split('\n');
    const rest = parts.pop() ?? '';
    const lines = parts.map((part) => finish(part, true));
    // One more than the maximum may wait: it can be the CR of a CRLF.
    if (tooLong || carry.length + rest.length > lengthMax + 1) {
      tooLong = true;
      carry = '';
    } else {
      carry += rest;
    }
    if (lines.length > 0) yield lines;
  }
  if (carry !== '' || tooLong) yield [finish('', false)];
}

/** Nothing but white space: not a record in any format. */
export function isBlank(text: string): boolean {
  return text.trim() === '';
}
