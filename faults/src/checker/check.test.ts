import { describe, expect, it } from 'vitest';
import { History, type Operation, type SentClick } from '../history.js';
import { check } from './check.js';
import type { Stored, StoredClick } from './stored.js';

const MINUTE_MS = 60_000;
const TABLES: [string, number][] = [
  ['clicks_by_minute', MINUTE_MS],
  ['clicks_by_hour', 60 * MINUTE_MS],
  ['clicks_by_day', 1_440 * MINUTE_MS],
];

const rowOf = (marker: string, fields: Partial<StoredClick> = {}): StoredClick => ({
  clickId: `id-${marker}`,
  marker: `https://faults.test/${marker}`,
  isFraudulent: false,
  clickedAtMs: Number(marker) * 30_000,
  costMicros: 0,
  reasons: '',
  ...fields,
});

function sent(marker: string, acknowledged = true): SentClick {
  const answer = { status: 202, clickId: `id-${marker}`, isDuplicate: false, isFraudulent: false };
  return { marker, body: {}, answers: acknowledged ? [answer] : [] };
}

function requestOf(clicks: SentClick[]): Operation {
  const rest = { key: null, body: '', isIdentified: true, acknowledgements: [], unknownAttempts: 0 };
  return { route: '/api/v1/clicks/batch', clicks, ...rest };
}

/** Ten clicks in requests of one, and one request of three, all of it stored as it should be. */
function aRun(): { history: History; stored: Stored } {
  const history = new History();
  const clicks = Array.from({ length: 10 }, (_, i) => sent(String(i)));
  for (const click of clicks) history.add(requestOf([click]));
  const batch = ['10', '11', '12'].map((marker) => sent(marker));
  history.add(requestOf(batch));
  return { history, stored: storedOf([...clicks, ...batch].map(({ marker }) => rowOf(marker))) };
}

function storedOf(ledger: StoredClick[]): Stored {
  const rollups = TABLES.flatMap(([table, bucketMs]) => {
    const buckets = new Map<number, number>();
    for (const { clickedAtMs } of ledger) {
      const bucket = Math.floor(clickedAtMs / bucketMs) * bucketMs;
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    return [0, 1, 2, 4, 8, 16, 32, 64, 128].flatMap((dimensions) =>
      [...buckets].map(([bucketMs, clicks]) => ({ table, dimensions, bucketMs, clicks, fraud: 0 })),
    );
  });
  const users = TABLES.map(([table]) => ({ table, rollup: 7, raw: 7 }));
  return {
    ledger,
    adjustments: [],
    wrongBatches: [],
    differences: [],
    raw: [...ledger],
    flagged: [],
    rollups,
    filled: TABLES.map(([table]) => table),
    users,
  };
}

const kindsOf = ({ history, stored }: ReturnType<typeof aRun>) => check(history, stored).kinds;

it('finds nothing wrong with a run that went well', () => {
  expect(kindsOf(aRun())).toEqual([]);
});

it('lets an unacknowledged click be there once or not at all', () => {
  const { history, stored } = aRun();
  history.add(requestOf([sent('20', false)]));
  expect(kindsOf({ history, stored })).toEqual([]);
  const ledger = [...stored.ledger, rowOf('20')];
  expect(kindsOf({ history, stored: storedOf(ledger) })).toEqual([]);
});

describe('the ledger', () => {
  it('lost an acknowledged click', () => {
    const { history, stored } = aRun();
    expect(kindsOf({ history, stored: storedOf(stored.ledger.slice(1)) })).toEqual([
      'an acknowledged click is lost',
    ]);
  });

  it('has a click twice, acknowledged or not', () => {
    const { history, stored } = aRun();
    history.add(requestOf([sent('20', false)]));
    for (const marker of ['3', '20']) {
      const twice = [
        ...stored.ledger.filter((row) => row.marker !== rowOf(marker).marker),
        rowOf(marker),
        rowOf(marker),
      ];
      expect(kindsOf({ history, stored: storedOf(twice) })).toEqual(['a click stored twice in the ledger']);
    }
  });

  it.each([rowOf('99'), rowOf('5', { marker: 'from elsewhere', clickId: 'x' })])(
    'has a click that nobody sent',
    (row) => {
      const { history, stored } = aRun();
      expect(kindsOf({ history, stored: storedOf([...stored.ledger, row]) })).toEqual([
        'a click that nobody sent',
      ]);
    },
  );

  it('has a request in part', () => {
    const { history, stored } = aRun();
    history.add(requestOf(['20', '21', '22'].map((marker) => sent(marker, false))));
    const ledger = [...stored.ledger, rowOf('20'), rowOf('21')];
    expect(kindsOf({ history, stored: storedOf(ledger) })).toEqual(['a request is stored in part']);
  });

  it('keeps sums that are wrong', () => {
    const { history, stored } = aRun();
    expect(kindsOf({ history, stored: { ...stored, wrongBatches: ['batch 1'] } })).toEqual([
      'sums of the ledger are wrong',
    ]);
  });
});

describe('answers', () => {
  const answered = (fields: Partial<SentClick['answers'][number]>) => {
    const run = aRun();
    const click = run.history.clicks.get('4');
    click?.answers.push({ status: 200, clickId: 'id-4', isDuplicate: true, isFraudulent: false, ...fields });
    return kindsOf(run);
  };
  it('may repeat the first', () => {
    expect(answered({})).toEqual([]);
    expect(answered({ isDuplicate: false })).toEqual([]); // the stored reply of an Idempotency-Key
  });
  it('must not name another id', () =>
    expect(answered({ clickId: 'other' })).toEqual(['an answer names another id']));
  it('must not give another verdict', () =>
    expect(answered({ isFraudulent: true })).toEqual(['an answer gives another verdict']));
  it('must not call a click new twice', () =>
    expect(answered({ status: 202, isDuplicate: false })).toEqual(['a click was accepted as new twice']));
});

describe('analytics', () => {
  it('lacks a click', () => {
    const { history, stored } = aRun();
    expect(kindsOf({ history, stored: { ...stored, raw: stored.raw.slice(1) } })).toEqual([
      'analytics, raw: a click of the ledger is missing',
    ]);
  });
  it('has a click twice', () => {
    const { history, stored } = aRun();
    const raw = [...stored.raw, ...stored.raw.slice(0, 1)];
    expect(kindsOf({ history, stored: { ...stored, raw } })).toEqual(['analytics, raw: a click too many']);
  });
  it('has a click with another verdict or time', () => {
    for (const fields of [{ isFraudulent: true }, { clickedAtMs: 1 }]) {
      const { history, stored } = aRun();
      const raw = stored.raw.map((row, i) => (i === 2 ? { ...row, ...fields } : row));
      expect(kindsOf({ history, stored: { ...stored, raw } })).toHaveLength(2);
    }
  });
  it.each(TABLES)('counts one bucket of one grouping otherwise: %s', (table) => {
    const { history, stored } = aRun();
    const at = stored.rollups.findIndex((row) => row.table === table && row.dimensions === 8);
    const rollups = stored.rollups.map((row, i) => (i === at ? { ...row, clicks: row.clicks + 1 } : row));
    expect(kindsOf({ history, stored: { ...stored, rollups } })).toEqual([
      'a rollup counts otherwise than the ledger',
    ]);
  });
  it('differed until reconciliation repaired it', () => {
    const { history, stored } = aRun();
    expect(kindsOf({ history, stored: { ...stored, differences: ['click_events'] } })).toEqual([
      'reconciliation found a difference',
    ]);
  });
  it('lacks a grouping', () => {
    const { history, stored } = aRun();
    const rollups = stored.rollups.filter((row) => row.table !== 'clicks_by_minute' || row.dimensions !== 8);
    expect(kindsOf({ history, stored: { ...stored, rollups } })).toEqual(['a rollup lacks groupings']);
  });
  it('lacks a day that is not filled, which is right', () => {
    const { history, stored } = aRun();
    const rollups = stored.rollups.filter((row) => row.table !== 'clicks_by_day');
    expect(kindsOf({ history, stored: { ...stored, rollups } })).toEqual(['a rollup lacks groupings']);
    const filled = ['clicks_by_minute', 'clicks_by_hour'];
    expect(kindsOf({ history, stored: { ...stored, rollups, filled } })).toEqual([]);
  });
  it('counts other users', () => {
    const { history, stored } = aRun();
    const users = [{ table: 'clicks_by_day', rollup: 8, raw: 7 }];
    expect(kindsOf({ history, stored: { ...stored, users } })).toEqual(['unique users differ']);
  });
});
