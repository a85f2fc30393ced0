/** The longest IPv4 address as text. */
const TEXT_LENGTH_MAX = 15;
const DOT = 0x2e;
const ZERO = 0x30;

/** An IPv4 address in dotted decimal as a number; -1 for every other text: takes for an address what Node's `isIPv4` does. */
export function ipv4NumberOf(text: string): number {
  if (text.length > TEXT_LENGTH_MAX) return -1;
  let value = 0;
  let dots = 0;
  let part = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit === DOT - ZERO) {
      if (digits === 0) return -1;
      value = value * 256 + part;
      part = 0;
      digits = 0;
      dots++;
    } else {
      const isLeadingZero = digits > 0 && part === 0;
      if (digit < 0 || digit > 9 || isLeadingZero) return -1;
      part = part * 10 + digit;
      if (part > 255) return -1;
      digits++;
    }
  }
  return dots === 3 && digits > 0 ? value * 256 + part : -1;
}
