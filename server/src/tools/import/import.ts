import { LIMITS, type Note, readClick, type TimeOptions } from '@clickledger/contract';
import type { Click } from '../../click/click.js';
import type { SubmitResult } from '../../ingest/import-wire.js';
import type { PrepareClick } from '../../ingest/prepare.js';
import { clientOf, PRIVATE_NETWORKS, trustOf } from '../../lib/trusted-proxies.js';
import { type OpenFile, type OpenOptions, openFile, readRecords } from './formats.js';
import { ImportIds } from './import-id.js';
import { kindText } from './kind.js';
import { addLabels, type Labelled, readLabel } from './labels.js';
import { completeMap, type FieldMap, MAP_FIELDS, mapColumns, missingColumns } from './map.js';
import { makeMapper } from './mapper.js';
import { ImportError, type ReadRecord } from './records.js';
import { type RetryPolicy, submitWithRetries } from './retry.js';
import type { ByteStream } from './source.js';
import { addError, addResults, addTaken, emptySummary, type ImportSummary } from './summary.js';
import { BatchWindow } from './window.js';

/** Most batches on their way to the ledger: one commits while the next is read. */
export const BATCHES_IN_FLIGHT_MAX = 2;
export interface ImportProgress {
  /** Taken from the stream so far, packed as it is. */
  bytesRead: number;
  /** As passed in; null when unknown. */
  sizeBytes: number | null;
  summary: Readonly<ImportSummary>;
}

export interface ImportOptions extends Omit<OpenOptions, 'wanted' | 'onBytes'> {
  stream: ByteStream;
  sizeBytes: number | null;
  /** From `parseMap`; empty for the format's own. */
  map: FieldMap;
  times?: TimeOptions;
  /** The column that says which clicks are invalid (see `readLabel`): how good are the rules on this file? */
  labelColumn?: string;
  tenantId: number;
  /** Gives clicks their ids; of several files that continue one another, the same for all of them. */
  ids?: ImportIds;
  /** Which addresses of a list are proxies, see `clientOf`; by default those of private networks. */
  isTrusted?: (address: string) => boolean;
  prepare: PrepareClick;
  /** Commits a batch, whole or not at all; one result a click, in order. Rejects when it may be tried again. */
  submit: (clicks: Click[]) => Promise<SubmitResult[]>;
  retry: RetryPolicy;
  nowMs: () => number;
  /** Hears what the file is, before it is read. */
  onOpened?: (file: OpenFile) => void;
  /** Hears of every click that is taken, before it is committed. */
  onTaken?: (line: number, click: Click, notes: readonly Note[]) => void;
  /** Hears of every batch that is committed. */
  onProgress?: (progress: ImportProgress) => void;
}

const TRUST_PRIVATE = trustOf(PRIVATE_NETWORKS);

/**
 * Imports a file of clicks in batches, a few in flight, reading no faster than they are committed. It can be stopped at
 * any point and run again: ids depend on the records alone, so what the ledger has already is counted as duplicate.
 * A batch that was committed though its answer was lost is tried again and then counted as duplicates, too.
 *
 * Rejects with `ImportError` when the file can't be read on or a batch can't be committed.
 */
export async function runImport(options: ImportOptions): Promise<ImportSummary> {
  const { stream, sizeBytes, map, labelColumn, times, onProgress } = options;
  const summary = emptySummary(labelColumn !== undefined);
  let bytesRead = 0;
  const file = await openFile(stream, {
    ...options,
    wanted: new Set([...MAP_FIELDS, ...mapColumns(map).keys()]),
    onBytes: (bytes) => {
      bytesRead += bytes;
    },
  });
  options.onOpened?.(file);
  checkHeader(file, options);
  const mapper = makeMapper(file.kind, map, times);
  const toClick = makeToClick(options, mapper.map);

  const window = new BatchWindow(BATCHES_IN_FLIGHT_MAX, async (batch: Labelled[]) => {
    const clicks = batch.map(({ click }) => click);
    const results = await submitWithRetries(options.submit, clicks, options.retry);
    addResults(summary, results);
    if (summary.labels) addLabels(summary.labels, batch, results);
    onProgress?.({ bytesRead, sizeBytes, summary });
  });
  const columns = new Map(mapper.columns);
  if (labelColumn !== undefined && !columns.has(labelColumn)) columns.set(labelColumn, []);

  let batch: Labelled[] = [];
  try {
    for await (const read of readRecords(file, columns)) {
      summary.lines += 1;
      const outcome = toClick(read);
      if ('click' in outcome) {
        batch.push({ click: outcome.click, label: readLabel(read, labelColumn) });
        addTaken(summary, read.line, outcome.click, outcome.notes);
        options.onTaken?.(read.line, outcome.click, outcome.notes);
      } else if ('notAClick' in outcome) summary.skipped += 1;
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
  summary.errors.causes.sort((one, other) => other.count - one.count);
  onProgress?.({ bytesRead, sizeBytes, summary });
  return summary;
}

/** A CSV without the columns that its clicks need would be bad line by line. */
function checkHeader({ kind }: OpenFile, { map, labelColumn, format }: ImportOptions): void {
  const missing = missingColumns(kind, completeMap(kind, map), map);
  const hint =
    'Name them with --map ad_id=COLUMN, or give a constant: --map ad_id:=TEXT.' +
    (format === 'csv' ? '' : ' If this is an access log, name its format with --log-format.');
  if (missing !== null)
    throw new ImportError(`This seems to be ${kindText(kind)}, but its header has ${missing}. ${hint}`);
  if (labelColumn !== undefined && kind.format === 'csv' && kind.columns?.includes(labelColumn) === false)
    throw new ImportError(`The header has no column "${labelColumn}" for --label`);
}

type Outcome = { click: Click; notes: readonly Note[] } | { notAClick: string } | { error: string };

const IDS = ['ad_id', 'campaign_id', 'advertiser_id', 'user_id'];
/** What stands for bytes that are no text of the encoding: two ids that differ in them would be one. */
const REPLACED = '\ufffd';

/** What one record comes to: mapped, checked against the contract, given its id, prepared. */
function makeToClick(
  options: ImportOptions,
  map: ReturnType<typeof makeMapper>['map'],
): (read: ReadRecord) => Outcome {
  const { tenantId, ids = new ImportIds(tenantId), isTrusted = TRUST_PRIVATE } = options;
  return (read) => {
    if (read.record === null) return { error: read.error };
    const mapped = map(read.record);
    if ('notAClick' in mapped) return mapped;
    const broken = IDS.find((field) => String(mapped.input[field] ?? '').includes(REPLACED));
    if (broken !== undefined)
      return {
        error: `${broken}: holds bytes that are no text of this encoding; name the right one with --encoding`,
      };
    const reading = readClick(mapped.input);
    if ('error' in reading)
      return {
        error: reading.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
      };
    const click = options.prepare(reading.input, {
      tenantId,
      nowMs: options.nowMs(),
      address: mapped.address === null ? null : clientOf(mapped.address, isTrusted),
      userAgentHeader: null,
      derivedClickId: reading.input.click_id === undefined ? ids.next(read.text) : null,
      isImport: true,
    });
    if (!('fieldErrors' in click)) return { click, notes: reading.notes };
    const errors = Object.entries(click.fieldErrors).map(
      ([field, messages]) => `${field}: ${messages.join(', ')}`,
    );
    return { error: errors.join('; ') };
  };
}
