import { ConversionInput, LIMITS, shown, type TimeOptions } from '@clickledger/contract';
import type { ConversionResult } from '../../conversions/import-wire.js';
import { type OpenFile, type OpenOptions, openFile, readRecords } from './formats.js';
import type { ImportIds } from './import-id.js';
import { type Kind, kindText } from './kind.js';
import { type FieldMap, type MapSource, mapColumns } from './map.js';
import { own, timeOf } from './mapper.js';
import { ImportError, type ReadRecord } from './records.js';
import { type RetryPolicy, submitWithRetries } from './retry.js';
import type { ByteStream } from './source.js';
import { addError, type ImportErrors } from './summary.js';
import { BatchWindow } from './window.js';

/** Fields a file's columns may be given to: those of a conversion. */
export const CONVERSION_FIELDS: ReadonlySet<string> = new Set(Object.keys(ConversionInput.shape));
/** One commits while the next is read. */
const BATCHES_IN_FLIGHT_MAX = 2;

/** A conversion as it is sent: what is wrong with it, the server says. */
export type SentConversion = Record<string, unknown>;

/** `lines` = `accepted` + `duplicates` + `errors.count`. */
export interface ConversionSummary {
  /** Records: lines that are not blank, nor a CSV's header. */
  lines: number;
  accepted: number;
  /** Conversions that the ledger had already. */
  duplicates: number;
  errors: ImportErrors;
}

export interface ConversionImportOptions extends Omit<OpenOptions, 'wanted' | 'onBytes'> {
  stream: ByteStream;
  /** From `parseMap`; for other fields, the column of the same name. */
  map: FieldMap;
  times?: TimeOptions;
  /** Gives conversions that have neither an id nor an order their ids. */
  ids: ImportIds;
  /** Commits a batch; one result a conversion, in order. Rejects when it may be tried again. */
  submit: (conversions: SentConversion[]) => Promise<ConversionResult[]>;
  retry: RetryPolicy;
  onOpened?: (file: OpenFile) => void;
  onProgress?: (progress: { bytesRead: number; summary: Readonly<ConversionSummary> }) => void;
}

/**
 * Imports a file of conversions in batches, as clicks are: it can be stopped at any point and run again, since an order, or an id that
 * depends on the record alone, is stored once.
 *
 * Rejects with `ImportError` when the file can't be read on or a batch can't be committed.
 */
export async function importConversions(options: ConversionImportOptions): Promise<ConversionSummary> {
  const { stream, map: given, times = {}, ids, submit, retry, onProgress } = options;
  const summary: ConversionSummary = {
    lines: 0,
    accepted: 0,
    duplicates: 0,
    errors: { count: 0, first: [], causes: [] },
  };
  let bytesRead = 0;
  const own = [...CONVERSION_FIELDS].map((field): [string, MapSource] => [field, { column: field }]);
  const map: FieldMap = new Map([...own, ...given]);
  const file = await openFile(stream, {
    ...options,
    wanted: new Set([...CONVERSION_FIELDS, ...mapColumns(given).keys()]),
    onBytes: (bytes) => {
      bytesRead += bytes;
    },
  });
  options.onOpened?.(file);
  checkKind(file.kind, map, given);

  const window = new BatchWindow(
    BATCHES_IN_FLIGHT_MAX,
    async (batch: { line: number; sent: SentConversion }[]) => {
      const results = await submitWithRetries(
        submit,
        batch.map(({ sent }) => sent),
        retry,
      );
      for (const [i, result] of results.entries())
        if ('error' in result) addError(summary.errors, batch[i]?.line ?? 0, result.error);
        else if (result.isDuplicate) summary.duplicates++;
        else summary.accepted++;
      onProgress?.({ bytesRead, summary });
    },
  );
  let batch: { line: number; sent: SentConversion }[] = [];
  try {
    for await (const read of readRecords(file, mapColumns(map))) {
      summary.lines++;
      const sent = toConversion(read, map, times, ids);
      if ('error' in sent) addError(summary.errors, read.line, String(sent.error));
      else batch.push({ line: read.line, sent });
      if (batch.length === LIMITS.batchConversionsMax) {
        await window.add(batch);
        batch = [];
      }
    }
    if (batch.length > 0) await window.add(batch);
  } finally {
    await window.settle();
  }
  window.throwIfFailed();
  summary.errors.causes.sort((one, other) => other.count - one.count);
  onProgress?.({ bytesRead, summary });
  return summary;
}

function toConversion(
  read: ReadRecord,
  map: FieldMap,
  times: TimeOptions,
  ids: ImportIds,
): SentConversion | { error: string } {
  if (read.record === null) return { error: read.error };
  const sent: SentConversion = {};
  for (const [field, source] of map) {
    const value = 'constant' in source ? source.constant : own(read.record, source.column);
    if (value === undefined || value === '') continue;
    sent[field] = field === 'timestamp' ? timeOf(value, times) : value;
  }
  if (sent.order_id === undefined && sent.conversion_id === undefined)
    sent.conversion_id = ids.next(read.text);
  return sent;
}

/** @throws ImportError for a log, or a CSV without the columns that every conversion needs */
function checkKind(kind: Kind, map: FieldMap, given: FieldMap): void {
  if (kind.format === 'log')
    throw new ImportError(`This seems to be ${kindText(kind)}: no file of conversions`);
  if (kind.format !== 'csv' || kind.columns === null) return;
  const { columns } = kind;
  const isMissing = (field: string) => {
    const source = map.get(field);
    return source !== undefined && 'column' in source && !columns.includes(source.column);
  };
  const missing = [...new Set(['action', 'timestamp', ...given.keys()])].filter(isMissing);
  if (isMissing('click_id') && isMissing('user_id')) missing.push('click_id or user_id');
  if (missing.length > 0)
    throw new ImportError(
      `The header has no column for ${missing.join(', ')}. It has ${shown(columns.join(', '))}. ` +
        'Name them with --map action=COLUMN, or give a constant: --map action:=sale.',
    );
}
