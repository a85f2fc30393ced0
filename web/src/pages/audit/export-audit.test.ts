import type { AuditEntry } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { auditCsv, EXPORT_ENTRIES_MAX, readAll } from './export-audit.js';

const entry = (audit_id: number): AuditEntry => ({
  audit_id,
  at: '2026-11-27T18:42:00.000Z',
  actor: 'ann@example.org',
  action: 'campaign.change',
  ...{
    subject: 'spring',
    before: { name: null, status: 'active' },
    after: { name: 'Spring', status: 'paused' },
  },
});
const never = new AbortController().signal;
/** A log of so many entries, as the API pages it. */
const logOf = (count: number) => async (query: string) => {
  const params = new URLSearchParams(query);
  const last = Number(params.get('before') ?? count + 1);
  const data = Array.from({ length: Math.min(last - 1, Number(params.get('limit'))) }, (_, i) =>
    entry(last - 1 - i),
  );
  const rest = last - 1 - data.length;
  return { data, next_before: rest > 0 ? (data.at(-1)?.audit_id ?? null) : null };
};

test.each([[0], [1], [500], [501], [1_203]])('of %i entries each is in the file once', async (count) => {
  const entries = await readAll({}, 'UTC', never, logOf(count));
  expect(entries.map(({ audit_id }) => audit_id)).toEqual(Array.from({ length: count }, (_, i) => count - i));
});

test('a log without end is cut at the limit', async () => {
  expect(await readAll({}, 'UTC', never, logOf(EXPORT_ENTRIES_MAX + 700))).toHaveLength(EXPORT_ENTRIES_MAX);
});

test('the file has a row a field, and one for an entry without fields', () => {
  const lines = auditCsv([entry(2), { ...entry(1), before: null, after: null }], 'UTC')
    .trimEnd()
    .split('\r\n');
  expect(lines.slice(1)).toEqual([
    '2,"2026-11-27T18:42:00.000Z","ann@example.org","Campaign changed","spring","Name","None","Spring"',
    '2,"2026-11-27T18:42:00.000Z","ann@example.org","Campaign changed","spring","Status","Active","Paused"',
    '1,"2026-11-27T18:42:00.000Z","ann@example.org","Campaign changed","spring","","",""',
  ]);
});
