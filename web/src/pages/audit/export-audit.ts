import { type AuditEntry, type AuditReply, type CsvCell, toCsv } from '@clickledger/contract';
import { call } from '../../api/http.js';
import { type AuditSearch, auditParams } from './audit-query.js';
import { actionLabel, fieldChanges } from './entry-text.js';

/** Entries of one request; the API gives no more. */
const PAGE_ROWS = 500;
/** Most entries in one file, which the browser holds. */
export const EXPORT_ENTRIES_MAX = 50_000;

/** Every entry that a search finds, newest first, at most `EXPORT_ENTRIES_MAX`. Throws `ApiError`. */
export async function readAll(
  search: AuditSearch,
  zone: string,
  signal: AbortSignal,
  read: (query: string, signal: AbortSignal) => Promise<AuditReply> = readPage,
): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let before: number | null = null;
  do {
    const params = auditParams({ ...search, older: before === null ? '' : String(before) }, zone, PAGE_ROWS);
    const page: AuditReply = await read(params.toString(), signal);
    entries.push(...page.data);
    before = page.next_before;
  } while (before !== null && entries.length < EXPORT_ENTRIES_MAX);
  return entries.slice(0, EXPORT_ENTRIES_MAX);
}

const readPage = (query: string, signal: AbortSignal) => call('GET /api/v1/admin/audit', { query, signal });

/** Entries as CSV, a row a field that changed; an entry without fields is a row too. */
export const auditCsv = (entries: readonly AuditEntry[], zone: string): string =>
  toCsv(entries.flatMap((entry) => rowsOf(entry, zone)));

function rowsOf(entry: AuditEntry, zone: string): Record<string, CsvCell>[] {
  const common = {
    entry: entry.audit_id,
    time: entry.at,
    person: entry.actor,
    action: actionLabel(entry),
    subject: entry.subject,
  };
  const changes = fieldChanges(entry, zone);
  if (changes.length === 0) return [{ ...common, field: '', before: '', after: '' }];
  return changes.map((change) => ({ ...common, ...change }));
}
