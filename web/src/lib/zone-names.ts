import { zoneOffsetMs } from '@clickledger/contract';

/**
 * Names that browsers still give to zones whose name has changed, with today's.
 * Source: the tz database, file `backward`; browsers follow CLDR, which keeps the oldest name.
 */
const RENAMED: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

/** Today's IANA name of a zone, in its right spelling; null for a name that this browser does not know. */
export function zoneOf(name: string): string | null {
  // The server takes names only, not offsets such as "+05:30".
  if (!/^[A-Za-z]/.test(name)) return null;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return RENAMED[timeZone] ?? timeZone;
  } catch {
    return null;
  }
}

/** The browser's own IANA time zone. */
export const browserZone: string = zoneOf(Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC') ?? 'UTC';

/** Every zone that the browser lists, under today's names; the browser's own one and UTC first. */
export const zoneNames = (): string[] => [
  ...new Set([
    browserZone,
    'UTC',
    ...Intl.supportedValuesOf('timeZone').map((name) => RENAMED[name] ?? name),
  ]),
];

/** How far a zone is ahead of UTC at a moment: "GMT+5:30", "GMT−3", "GMT". */
export function offsetName(zone: string, atMs: number): string {
  const minutes = Math.round(zoneOffsetMs(Math.floor(atMs / 60_000) * 60_000, zone) / 60_000);
  if (minutes === 0) return 'GMT';
  const rest = Math.abs(minutes) % 60;
  return `GMT${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
}

/** The words that a search for a zone may use: its name, its parts, older names and its offset. */
export const zoneKeywords = (zone: string, atMs: number): string[] => [
  zone.replaceAll(/[_/]/g, ' '),
  ...Object.keys(RENAMED).filter((old) => RENAMED[old] === zone),
  offsetName(zone, atMs).replace('−', '-'),
];
