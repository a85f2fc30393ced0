import {
  DEVICE_TYPES,
  isNoPathStep,
  isWellFormed,
  LANDING_PARAMETERS,
  LIMITS,
  NO_CONTROL,
  NOT_WELL_FORMED,
  PATH_STEP,
} from '@clickledger/contract';
import { z } from 'zod';
import type { Click } from '../click/click.js';
import { ClickFacts } from '../click/facts.js';
import { IMPORT_TIME_MAX_MS, IMPORT_TIME_MIN_MS } from './prepare.js';
import type { ClickOutcome } from './submission.js';

/** What became of one click. */
export interface SubmitResult {
  isDuplicate: boolean;
  isFraudulent: boolean;
}

// How the import command and the server talk. Clicks travel by column, and what repeats travels once: as one object a click,
// the names, the user agents and the facts made bodies four times as long, and writing, reading and checking them was a tenth of
// all CPU that an import takes (docs/import.md has the figures).

/** The same bounds as the contract's: what PostgreSQL can't store would fail the whole commit, with others' clicks in it. */
const text = (lengthMax: number) =>
  z
    .string()
    .max(lengthMax)
    .regex(NO_CONTROL, 'Control characters are not allowed')
    .refine(isWellFormed, NOT_WELL_FORMED);
const id = () => text(LIMITS.idLengthMax).min(1).refine(isNoPathStep, PATH_STEP);

/** A value a click. Checked in a loop of our own: by element, zod took longer than the ledger's driver with the whole batch. */
const plain = <T>(what: string, is: (value: unknown) => boolean) =>
  z.custom<T[]>(
    (value) =>
      Array.isArray(value) && value.length > 0 && value.length <= LIMITS.batchClicksMax && value.every(is),
    `Not a list of 1 to ${LIMITS.batchClicksMax} ${what}`,
  );
const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);
const orNull = (is: (value: unknown) => boolean) => (value: unknown) => value === null || is(value);
const intFrom = (min: number, max: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
const isId = (value: string) =>
  value !== '' && value.length <= LIMITS.idLengthMax && isWellFormed(value) && isNoPathStep(value);
/** As the ledger's `integer`. */
const TENANT_ID_MAX = 2 ** 31 - 1;
/** The values that there are, and which of them a click has. */
const coded = <T extends z.ZodType>(value: T) =>
  z.object({
    values: z.array(value).min(1).max(LIMITS.batchClicksMax),
    at: plain<number>('places', intFrom(0, LIMITS.batchClicksMax - 1)),
  });

const PLAIN = {
  clickId: plain<string>('UUIDs', matches(z.regexes.uuid())),
  userId: plain<string | null>(
    'ids',
    orNull((value) => matches(NO_CONTROL)(value) && isId(value as string)),
  ),
  ipHash: plain<string | null>('hashes of 32 hex digits', orNull(matches(/^[0-9a-f]{32}$/))),
  visitorKey: plain<string>('keys of 16 hex digits, or empty', matches(/^([0-9a-f]{16})?$/)),
  clickedAtMs: plain<number>('times in milliseconds', intFrom(IMPORT_TIME_MIN_MS, IMPORT_TIME_MAX_MS - 1)),
};
const CODED = {
  mayRepeat: coded(z.boolean()),
  adId: coded(id()),
  campaignId: coded(id()),
  advertiserId: coded(id()),
  country: coded(z.string().regex(/^([A-Z]{2})?$/)),
  deviceType: coded(z.enum([...DEVICE_TYPES, ''])),
  os: coded(text(LIMITS.labelLengthMax)),
  browser: coded(text(LIMITS.labelLengthMax)),
  userAgent: coded(text(LIMITS.userAgentLengthMax)),
  referrer: coded(text(LIMITS.referrerLengthMax)),
  facts: coded(ClickFacts),
};
/** Texts of `Click.landing`: of the link and parameters that are stored with clicks, and no others. Empty: the click has none. */
const LANDING = z.partialRecord(
  z.enum(['link_id', ...LANDING_PARAMETERS]),
  text(LIMITS.landingValueLengthMax),
);
const landing = z
  .string()
  .refine(
    (sent) => Buffer.byteLength(sent) <= LIMITS.landingBytesMax,
    `At most ${LIMITS.landingBytesMax} bytes`,
  )
  .refine((sent) => sent === '' || isLanding(sent), 'Not the landing parameters of a click, as JSON');
function isLanding(sent: string): boolean {
  try {
    return LANDING.safeParse(JSON.parse(sent)).success;
  } catch {
    return false;
  }
}

type PlainName = keyof typeof PLAIN;
type CodedName = keyof typeof CODED;
const PLAIN_NAMES = Object.keys(PLAIN) as PlainName[];
const CODED_NAMES = Object.keys(CODED) as CodedName[];

/** Commands of builds before this one send no landing. */
const Columns = z.object({ ...PLAIN, ...CODED, landing: coded(landing).optional() });
type Columns = z.infer<typeof Columns>;

/** Name of the file, for the audit log. */
const fileName = () => text(LIMITS.idLengthMax).default('(not named)');
const tenantId = () => z.int().positive().max(TENANT_ID_MAX);

/** Clicks of one tenant that the import command has read, checked and hashed already; their times may be of any age. */
export const ImportBatch = z
  .object({
    file: fileName(),
    tenantId: tenantId(),
    columns: Columns,
  })
  .superRefine(({ columns }, context) => {
    const length = columns.clickId.length;
    const wrong = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['columns', name], message });
    for (const name of PLAIN_NAMES)
      if (columns[name].length !== length) wrong(name, `Not as long as clickId (${length})`);
    for (const name of [...CODED_NAMES, 'landing'] as const) {
      const column = columns[name];
      if (!column) continue;
      const { values, at } = column;
      if (at.length !== length) wrong(name, `Not as long as clickId (${length})`);
      else if (at.some((index) => index >= values.length)) wrong(name, 'An index without a value');
    }
  });
export type ImportBatch = z.infer<typeof ImportBatch>;

/** The file was read to its end: what the import command counted, all batches together. */
export const ImportEnd = z.strictObject({
  file: fileName(),
  tenantId: tenantId(),
  accepted: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  flagged: z.int().nonnegative(),
});
export type ImportEnd = z.infer<typeof ImportEnd>;

/** The batch that the server reads. Throws when the clicks are of more than one tenant. */
export function toImportBatch(clicks: readonly Click[], file?: string): z.input<typeof ImportBatch> {
  const tenantId = clicks[0]?.tenantId ?? 0;
  if (clicks.some((click) => click.tenantId !== tenantId))
    throw new Error('These clicks are of more than one tenant');
  const columns: Record<string, unknown> = {};
  for (const name of PLAIN_NAMES) columns[name] = clicks.map((click) => click[name]);
  for (const name of CODED_NAMES) columns[name] = encode(clicks.map((click) => click[name]));
  if (clicks.some((click) => click.landing !== undefined))
    columns.landing = encode(clicks.map((click) => click.landing ?? ''));
  return {
    ...(file === undefined ? {} : { file }),
    tenantId,
    columns: columns as Columns,
  };
}

function encode<T>(all: readonly T[]): { values: T[]; at: number[] } {
  const values: T[] = [];
  const places = new Map<unknown, number>();
  const at = all.map((value) => {
    const key = typeof value === 'object' ? JSON.stringify(value) : value;
    let place = places.get(key);
    if (place === undefined) {
      place = values.push(value) - 1;
      places.set(key, place);
    }
    return place;
  });
  return { values, at };
}

/** The clicks of a batch that was read. */
export function clicksOf({ tenantId, columns }: ImportBatch): Click[] {
  const coded = <T>({ values, at }: { values: T[]; at: number[] }, i: number) => values[at[i] as number] as T;
  const { landing } = columns;
  return columns.clickId.map((clickId, i) => ({
    tenantId,
    // One id has one spelling, as in the contract: the guard and the batch compare it as text.
    clickId: clickId.toLowerCase(),
    mayRepeat: coded(columns.mayRepeat, i),
    adId: coded(columns.adId, i),
    campaignId: coded(columns.campaignId, i),
    advertiserId: coded(columns.advertiserId, i),
    userId: columns.userId[i] as string | null,
    ipHash: columns.ipHash[i] as string | null,
    visitorKey: columns.visitorKey[i] as string,
    clickedAtMs: columns.clickedAtMs[i] as number,
    country: coded(columns.country, i),
    deviceType: coded(columns.deviceType, i),
    os: coded(columns.os, i),
    browser: coded(columns.browser, i),
    userAgent: coded(columns.userAgent, i),
    referrer: coded(columns.referrer, i),
    facts: coded(columns.facts, i),
    ...landingField(landing && coded(landing, i)),
  }));
}

const landingField = (landing: string | undefined) => (landing ? { landing } : {});

/** What the server answers: how many clicks there were, and the places of those that are not plainly new and clean. */
export interface ImportReply {
  count: number;
  duplicates: number[];
  flagged: number[];
}

export function toImportReply(outcomes: readonly ClickOutcome[]): ImportReply {
  const where = (is: (outcome: ClickOutcome) => boolean) =>
    outcomes.flatMap((outcome, i) => (is(outcome) ? [i] : []));
  return {
    count: outcomes.length,
    duplicates: where(({ isDuplicate }) => isDuplicate),
    flagged: where(({ isFraudulent }) => isFraudulent),
  };
}

/** What became of each click, in order. */
export function resultsOf({ count, duplicates, flagged }: ImportReply): SubmitResult[] {
  const results = Array.from({ length: count }, () => ({ isDuplicate: false, isFraudulent: false }));
  for (const i of duplicates) (results[i] as SubmitResult).isDuplicate = true;
  for (const i of flagged) (results[i] as SubmitResult).isFraudulent = true;
  return results;
}
