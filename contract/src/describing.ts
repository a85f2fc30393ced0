import { COUNTRY_CODES } from './countries.js';
import { deviceTypeOf } from './device-types.js';
import { LIMITS } from './limits.js';
import { shown } from './times.js';

// The fields of a click that only describe it. What they hold never decides whether a click is taken: it is mapped, cut, or
// unknown, by these functions alone, whichever way the click comes.

export const DESCRIBING_FIELDS = [
  'country',
  'device_type',
  'os',
  'browser',
  'referrer',
  'user_agent',
] as const;
export type DescribingField = (typeof DESCRIBING_FIELDS)[number];

/** What became of a describing field that could not be kept as it was sent. */
export interface Note {
  field: DescribingField;
  /** `mapped`: another word for the same; `cut`: a part is kept; `unknown`: as if it had not been sent. */
  kind: 'mapped' | 'cut' | 'unknown';
  /** For a person, the field named. */
  text: string;
}

/** Codes of other systems: reserved or former ones of ISO 3166-1, and Eurostat's for Greece. */
const OTHER_COUNTRY_CODES: Record<string, string> = {
  UK: 'GB',
  EL: 'GR',
  FX: 'FR',
  SU: 'RU',
  TP: 'TL',
  ZR: 'CD',
  BU: 'MM',
  DD: 'DE',
};
const LENGTHS = {
  os: LIMITS.labelLengthMax,
  browser: LIMITS.labelLengthMax,
  referrer: LIMITS.referrerLengthMax,
  user_agent: LIMITS.userAgentLengthMax,
} as const;

/** What a field's value comes to; undefined is unknown. A note says what is not as it was sent; null and '' say nothing themselves. */
export function describe(
  field: DescribingField,
  value: unknown,
): { value: string | undefined; note: Note | null } {
  if (value === undefined || value === null || (value === '' && field !== 'user_agent'))
    return { value: undefined, note: null };
  const unknown = (why: string) => ({
    value: undefined,
    note: noteOf(field, 'unknown', `${why}; taken as unknown`),
  });
  if (typeof value !== 'string') return unknown('expected a string');
  if (field !== 'country' && field !== 'device_type') return readText(field, value);

  const sent = value.trim();
  const known = field === 'country' ? countryOf(sent) : deviceTypeOf(sent);
  if (known === undefined)
    return unknown(`${shown(sent)} is no ${field === 'country' ? 'ISO 3166-1 alpha-2 code' : 'device type'}`);
  const isOtherWord = known.toLowerCase() !== sent.toLowerCase();
  return {
    value: known,
    note: isOtherWord ? noteOf(field, 'mapped', `${shown(sent)} is taken as ${known}`) : null,
  };
}

const noteOf = (field: DescribingField, kind: Note['kind'], text: string): Note => ({
  field,
  kind,
  text: `${field}: ${text}`,
});

let codesByName: ReadonlyMap<string, string> | undefined;

/** The ISO 3166-1 alpha-2 code of a code or an English name of a country. */
function countryOf(sent: string): string | undefined {
  const code = sent.toUpperCase();
  if (COUNTRY_CODES.has(code)) return code;
  if (code.length === 2) return OTHER_COUNTRY_CODES[code];
  if (!codesByName) {
    const names = new Intl.DisplayNames(['en'], { type: 'region' });
    codesByName = new Map([...COUNTRY_CODES].map((one) => [names.of(one)?.toLowerCase() ?? one, one]));
  }
  return codesByName.get(sent.toLowerCase());
}

function readText(field: keyof typeof LENGTHS, value: string): { value: string; note: Note | null } {
  const plain = stripControl(value).replace(/\p{Surrogate}/gu, '\ufffd');
  const lengthMax = LENGTHS[field];
  const cut = cutText(plain, lengthMax);
  if (cut.length < plain.length)
    return { value: cut, note: noteOf(field, 'cut', `cut to ${lengthMax} characters`) };
  if (plain === value) return { value, note: null };
  return { value: plain, note: noteOf(field, 'cut', 'characters that are no text were taken out') };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must go.
const CONTROL = /[\u0000-\u001f\u007f]/g;

/** Without the characters that no field may hold. */
export function stripControl(text: string): string {
  return text.replace(CONTROL, '');
}

/** At most `lengthMax` UTF-16 units, never half a surrogate pair. */
export function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const last = text.charCodeAt(lengthMax - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? lengthMax - 1 : lengthMax);
}
