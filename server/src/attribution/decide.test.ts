import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, decide, type Question } from './decide.js';

const DAY_MS = 86_400_000;
const CONVERTED_AT_MS = Date.UTC(2026, 10, 28);

const aQuestion = (fields: Partial<Question> = {}): Question => ({
  convertedAtMs: CONVERTED_AT_MS,
  clickId: 'named',
  userId: 'user',
  clickWindowDays: 30,
  userWindowDays: 7,
  giveUpAtMs: CONVERTED_AT_MS + 30 * DAY_MS,
  nowMs: CONVERTED_AT_MS,
  isOtherAccounts: false,
  isTaken: () => false,
  ...fields,
});
const aClick = (clickId: string, beforeMs: number, fields: Partial<Candidate> = {}): Candidate => ({
  clickId,
  matchedBy: clickId === 'named' ? 'click_id' : 'user_id',
  clickedAtMs: CONVERTED_AT_MS - beforeMs,
  receivedAtMs: CONVERTED_AT_MS - beforeMs,
  isFraudulent: false,
  ...fields,
});
const short = ({ status, reason, click, anyClick }: ReturnType<typeof decide>) => [
  status,
  reason,
  click?.clickId ?? null,
  anyClick?.clickId ?? null,
];

describe('the click that a conversion belongs to', () => {
  it('is the one that it names, before a later one of its user', () => {
    expect(short(decide(aQuestion(), [aClick('later', 1), aClick('named', DAY_MS)]))).toEqual([
      'attributed',
      '',
      'named',
      'named',
    ]);
  });

  it.each([
    ['named', 30 * DAY_MS, 'attributed', ''],
    ['named', 30 * DAY_MS + 1, 'unattributed', 'outside_window'],
    ['named', 0, 'attributed', ''],
    ['named', -1, 'unattributed', 'outside_window'],
    ['of user', 7 * DAY_MS, 'attributed', ''],
    ['of user', 7 * DAY_MS + 1, 'waiting', 'unknown_click'],
    ['of user', 0, 'attributed', ''],
    ['of user', -1, 'waiting', 'unknown_click'],
  ])('%s, %d ms before it: %s %s', (clickId, beforeMs, status, reason) => {
    expect(decide(aQuestion(), [aClick(clickId, beforeMs)])).toMatchObject({ status, reason });
  });

  it('is the next valid one when it is flagged, and both are told', () => {
    const named = aClick('named', 5, { isFraudulent: true });
    const flagged = aClick('b', 1, { isFraudulent: true });
    expect(short(decide(aQuestion(), [named, flagged, aClick('a', 2)]))).toEqual([
      'attributed',
      '',
      'a',
      'named',
    ]);
    expect(short(decide(aQuestion(), [named, flagged]))).toEqual([
      'unattributed',
      'click_flagged',
      null,
      'named',
    ]);
  });

  it('is the one with the greater ID of two in the same millisecond', () => {
    const clicks = [aClick('a', 1), aClick('c', 1), aClick('b', 1)];
    expect(decide(aQuestion(), clicks).click?.clickId).toBe('c');
    expect(decide(aQuestion(), clicks.reverse()).click?.clickId).toBe('c');
  });

  it('is none that came in after the wait was over', () => {
    const giveUpAtMs = CONVERTED_AT_MS + 1;
    const late = aClick('named', 1, { receivedAtMs: giveUpAtMs + 1 });
    expect(decide(aQuestion({ giveUpAtMs }), [late])).toMatchObject({ reason: 'unknown_click' });
    const inTime = aClick('named', 1, { receivedAtMs: giveUpAtMs });
    expect(decide(aQuestion({ giveUpAtMs, nowMs: giveUpAtMs + 1 }), [inTime]).status).toBe('attributed');
  });

  it('is not waited for longer than the window', () => {
    const giveUpAtMs = CONVERTED_AT_MS + 5;
    expect(decide(aQuestion({ giveUpAtMs, nowMs: giveUpAtMs - 1 }), []).status).toBe('waiting');
    expect(short(decide(aQuestion({ giveUpAtMs, nowMs: giveUpAtMs }), []))).toEqual([
      'unattributed',
      'unknown_click',
      null,
      null,
    ]);
    expect(decide(aQuestion({ giveUpAtMs, nowMs: giveUpAtMs, clickId: null }), []).reason).toBe(
      'no_click_of_user',
    );
  });

  it('is no other account’s', () => {
    expect(decide(aQuestion({ isOtherAccounts: true }), [])).toMatchObject({
      status: 'unattributed',
      reason: 'other_account',
    });
  });

  it('takes one conversion, where the action counts one for each click: an older click gets none instead', () => {
    const taken = aQuestion({ isTaken: (clickId, view) => clickId === 'b' && view === 'valid' });
    expect(short(decide(taken, [aClick('b', 1), aClick('a', 2)]))).toEqual([
      'unattributed',
      'already_converted',
      null,
      'b',
    ]);
  });
});

it('does not depend on the order of the candidates, nor on those outside the window', () => {
  const candidates = fc.array(
    fc.record({
      clickId: fc.constantFrom('named', 'a', 'b', 'c', 'd'),
      beforeMs: fc.integer({ min: -3, max: 12 }),
      isFraudulent: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(candidates, fc.infiniteStream(fc.nat()), (some, order) => {
      const unique = new Map(
        some.map(({ clickId, beforeMs, isFraudulent }) => [
          clickId,
          aClick(clickId, beforeMs * DAY_MS, { isFraudulent }),
        ]),
      );
      const clicks = [...unique.values()];
      const shuffled = clicks
        .map((click) => ({ click, key: order.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ click }) => click);
      expect(decide(aQuestion(), shuffled)).toEqual(decide(aQuestion(), clicks));
      const able = clicks.filter(
        ({ clickedAtMs, matchedBy }) =>
          clickedAtMs <= CONVERTED_AT_MS &&
          clickedAtMs >= CONVERTED_AT_MS - (matchedBy === 'click_id' ? 30 : 7) * DAY_MS,
      );
      const { click, anyClick } = decide(aQuestion(), clicks);
      // The rule in other words: whoever is beaten by nobody.
      const beats = (a: Candidate, b: Candidate) =>
        a.matchedBy === 'click_id' ||
        (b.matchedBy !== 'click_id' &&
          (a.clickedAtMs > b.clickedAtMs || (a.clickedAtMs === b.clickedAtMs && a.clickId > b.clickId)));
      const best = (among: Candidate[]) =>
        among.find((one) => among.every((other) => other === one || beats(one, other))) ?? null;
      expect(anyClick).toEqual(best(able));
      expect(click).toEqual(best(able.filter(({ isFraudulent }) => !isFraudulent)));
    }),
  );
});
