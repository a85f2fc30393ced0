import { LIMITS, readClick } from '@clickledger/contract';
import type { Click } from '../ingest/click.js';
import type { PrepareClick } from '../ingest/prepare.js';
import { type Format, readRecords } from './formats.js';
import { ImportIds } from './import-id.js';
import { addLabels, type LabelCounts, type Labelled, noLabels, readLabel } from './labels.js';
import type { FieldMap } from './map.js';
import { type MapperOptions, makeMapper } from './mapper.js';
import type { ReadRecord } from './records.js';
import { type RetryPolicy, type SubmitResult, submitWithRetries } from './retry.js';
import type { ByteStream } from './source.js';
import { BatchWindow } from './window.js';

/** Most batches on their way to the ledger: one commits while the next is read. */
export const BATCHES_IN_FLIGHT_MAX = 2;
/** Most errors named in the summary; the others are only counted. */
export const ERRORS_NAMED_MAX = 100;

export interface ImportErrors {
  count: number;
  /** The first ones. */
  first: { line: number; message: string }[];
}

/** `lines` = `accepted` + `duplicates` + `skipped` + `errors.count`. */
export interface ImportSummary {
  /** Records: lines that are not blank, and not a CSV's header. */
  lines: number;
  /** New clicks, the flagged ones among them. */
  accepted: number;
  /** Clicks that the ledger had already. */
  duplicates: number;
  /** New clicks that a fraud rule flagged. */
  flagged: number;
  /** Records that are no clicks: HEAD and OPTIONS requests of an access log. */
  skipped: number;
  errors: ImportErrors;
  /** With a label column: labels against the verdicts that new clicks got when they came in. */
  labels: LabelCounts | null;
}

export interface ImportProgress {
  /** Taken from the stream so far, packed as it is. */
  bytesRead: number;
  /** As passed in; null when unknown. */
  sizeBytes: number | null;
  summary: Readonly<ImportSummary>;
}

export interface ImportOptions {
  stream: ByteStream;
  sizeBytes: number | null;
  format: Format;
  /** From `parseMap`; empty for the format's own. */
  map: FieldMap;
  mapper?: MapperOptions;
  /** The column that says which clicks are invalid (see `readLabel`): how good are the rules on this file? */
  labelColumn?: string;
  /** Of CSV; a comma if absent. */
  delimiter?: string;
  tenantId: number;
  prepare: PrepareClick;
  /** Commits a batch, whole or not at all; one result a click, in order. Rejects when it may be tried again. */
  submit: (clicks: Click[]) => Promise<SubmitResult[]>;
  retry: RetryPolicy;
  nowMs: () => number;
  /** Hears of every batch that is committed. */
  onProgress?: (progress: ImportProgress) => void;
}

/**
 * Imports a file of clicks in batches, a few in flight, reading no faster than they are committed. It can be stopped at
 * any point and run again: ids depend on the records alone, so what the ledger has already is counted as duplicate.
 * A batch that was committed though its answer was lost is tried again and then counted as duplicates, too.
 *
 * Rejects with `ImportError` when the file can't be read on or a batch can't be committed.
 */
export async function runImport(options: ImportOptions): Promise<ImportSummary> {
  const summary: ImportSummary = {
    lines: 0,
    accepted: 0,
    duplicates: 0,
    flagged: 0,
    skipped: 0,
    errors: { count: 0, first: [] },
    labels: options.labelColumn === undefined ? null : noLabels(),
  };
  let bytesRead = 0;
  const mapper = makeMapper(options.format, options.map, options.mapper);
  const toClick = makeToClick(options, mapper.map, new ImportIds(options.tenantId));

  const window = new BatchWindow(BATCHES_IN_FLIGHT_MAX, async (batch: Labelled[]) => {
    const clicks = batch.map(({ click }) => click);
    const results = await submitWithRetries(options.submit, clicks, options.retry);
    addResults(summary, results);
    if (summary.labels) addLabels(summary.labels, batch, results);
    options.onProgress?.({ bytesRead, sizeBytes: options.sizeBytes, summary });
  });
  const records = readRecords(options.stream, options.format, {
    columns: new Set([
      ...mapper.columns,
      ...(options.labelColumn === undefined ? [] : [options.labelColumn]),
    ]),
    ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
    onBytes: (bytes) => {
      bytesRead += bytes;
    },
  });

  let batch: Labelled[] = [];
  try {
    for await (const read of records) {
      summary.lines += 1;
      const outcome = toClick(read);
      if ('click' in outcome)
        batch.push({ click: outcome.click, label: readLabel(read, options.labelColumn) });
      else if ('notAClick' in outcome) summary.skipped += 1;
      else addError(summary.errors, read.line, outcome.error);
      if (batch.length === LIMITS.batchClicksMax) {
        await window.add(batch);
        batch = [];
      }
    }
    if (batch.length > 0) await window.add(batch);
  } finally {
    await window.settle();
  }
  window.throwIfFailed();
  options.onProgress?.({ bytesRead, sizeBytes: options.sizeBytes, summary });
  return summary;
}

type Outcome = { click: Click } | { notAClick: string } | { error: string };

/** What one record comes to: mapped, checked against the contract, given its id, prepared. */
function makeToClick(
  options: ImportOptions,
  map: ReturnType<typeof makeMapper>['map'],
  ids: ImportIds,
): (read: ReadRecord) => Outcome {
  return (read) => {
    if (read.record === null) return { error: read.error };
    const mapped = map(read.record);
    if ('notAClick' in mapped) return mapped;
    const reading = readClick(mapped.input);
    if ('error' in reading)
      return {
        error: reading.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
      };
    const click = options.prepare(reading.input, {
      tenantId: options.tenantId,
      nowMs: options.nowMs(),
      address: mapped.address,
      userAgentHeader: null,
      derivedClickId: reading.input.click_id === undefined ? ids.next(read.text) : null,
      isImport: true,
    });
    if (!('fieldErrors' in click)) return { click };
    const errors = Object.entries(click.fieldErrors).map(
      ([field, messages]) => `${field}: ${messages.join(', ')}`,
    );
    return { error: errors.join('; ') };
  };
}

function addResults(summary: ImportSummary, results: readonly SubmitResult[]): void {
  for (const { isDuplicate, isFraudulent } of results) {
    if (isDuplicate) summary.duplicates += 1;
    else {
      summary.accepted += 1;
      if (isFraudulent) summary.flagged += 1;
    }
  }
}

function addError(errors: ImportErrors, line: number, message: string): void {
  errors.count += 1;
  if (errors.first.length < ERRORS_NAMED_MAX) errors.first.push({ line, message });
}
