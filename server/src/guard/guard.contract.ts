import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guard, type GuardClick, type GuardRequest, REPLY_LENGTH_MAX } from './guard.js';

let serial = 0;
const id = () => `00000000-0000-4000-8000-${String(++serial).padStart(12, '0')}`;
/** Real time: Redis's own clock expires marks. A full minute's start, so that windows are where we think. */
const NOW = Math.floor(Date.now() / 60_000) * 60_000;

const click = (fields: Partial<GuardClick> = {}): GuardClick => ({
  clickId: id(),
  mayRepeat: true,
  clickedAtMs: NOW,
  velocities: [],
  counter: null,
  ...fields,
});
const request = (fields: Partial<GuardRequest> = {}): GuardRequest => ({
  tenantId: 1,
  idempotency: null,
  clicks: [click()],
  ...fields,
});
const ip = (subject: string, countMax = 101) => ({
  name: 'velocity_ip',
  subject,
  windowMs: 60_000,
  countMax,
});

/** What every guard promises. */
export function describeGuard(
  name: string,
  make: () => Promise<{ guard: Guard; stop: () => Promise<void> }>,
): void {
  describe(`${name}: the guard's contract`, () => {
    let guard: Guard;
    let stop: () => Promise<void>;
    beforeAll(async () => {
      ({ guard, stop } = await make());
      await guard.ping();
    });
    afterAll(() => stop());
    const look = async (one: GuardRequest, at = NOW) => {
      const [answer] = await guard.look([one], at);
      if (!answer) throw new Error('no answer');
      return answer;
    };

    it('marks a new key and id as pending, and shows the mark to the next look', async () => {
      const one = request({ idempotency: { key: id(), bodyHash: 'h1' } });
      const first = await look(one);
      expect([first.key, first.clicks[0]?.mark]).toEqual([null, null]);
      const second = await look(one);
      expect(second.key).toMatchObject({
        state: 'pending',
        node: 'a',
        setAtMs: NOW,
        value: { bodyHash: 'h1', reply: null },
      });
      expect(second.clicks[0]?.mark).toMatchObject({ state: 'pending', node: 'a' });
    });

    it('gives the stored reply and flag once settled', async () => {
      const one = request({ idempotency: { key: `strange } { : | ${id()}`, bodyHash: 'h1' } });
      const clickId = one.clicks[0]?.clickId ?? '';
      await look(one);
      const reply = '{"a|b":"\n"}';
      await guard.settle([
        {
          tenantId: 1,
          idempotency: { key: one.idempotency?.key ?? '', bodyHash: 'h1', reply },
          clicks: [{ clickId, isFraudulent: true }],
        },
      ]);
      const again = await look(one);
      expect(again.key).toMatchObject({ state: 'committed', value: { bodyHash: 'h1', reply } });
      expect(again.clicks[0]?.mark).toMatchObject({ state: 'committed', value: { isFraudulent: true } });
      expect(await guard.peekKey({ tenantId: 1, key: one.idempotency?.key ?? '' })).toMatchObject({
        state: 'committed',
      });
    });

    it('keeps no reply that is too long, but the key', async () => {
      const key = id();
      await guard.settle([
        {
          tenantId: 1,
          idempotency: { key, bodyHash: 'h', reply: 'x'.repeat(REPLY_LENGTH_MAX + 1) },
          clicks: [],
        },
      ]);
      expect(await guard.peekKey({ tenantId: 1, key })).toMatchObject({
        state: 'committed',
        value: { bodyHash: 'h', reply: null },
      });
    });

    it('takes pending marks back, never committed ones', async () => {
      const failed = request({ idempotency: { key: id(), bodyHash: 'h' } });
      const kept = request({ idempotency: { key: id(), bodyHash: 'h' } });
      await guard.look([failed, kept], NOW);
      await guard.settle([
        {
          tenantId: 1,
          idempotency: { key: kept.idempotency?.key ?? '', bodyHash: 'h', reply: 'r' },
          clicks: [{ clickId: kept.clicks[0]?.clickId ?? '', isFraudulent: false }],
        },
      ]);
      await guard.release([failed, kept]);
      const [one, two] = await guard.look([failed, kept], NOW);
      expect([one?.key, one?.clicks[0]?.mark]).toEqual([null, null]);
      expect([two?.key?.state, two?.clicks[0]?.mark?.state]).toEqual(['committed', 'committed']);
    });

    it('keeps tenants apart', async () => {
      const one = request({ idempotency: { key: id(), bodyHash: 'h' } });
      await look(one);
      const other = await look({ ...one, tenantId: 2 });
      expect([other.key, other.clicks[0]?.mark]).toEqual([null, null]);
    });

    it('counts each click of a batch in order: the 101st has count 101', async () => {
      const subject = id();
      const clicks = Array.from({ length: 101 }, () => click({ velocities: [ip(subject)] }));
      const answer = await look(request({ clicks }));
      expect(answer.clicks.map(({ counts }) => counts[0])).toEqual(clicks.map((_, i) => i + 1));
    });

    it('slides exactly: a click a whole window ago is out, one a millisecond later is in', async () => {
      const subject = id();
      const at = (ms: number) =>
        look(request({ clicks: [click({ clickedAtMs: ms, velocities: [ip(subject)] })] }));
      await at(NOW);
      await at(NOW + 1);
      expect((await at(NOW + 60_000)).clicks[0]?.counts).toEqual([2]);
      expect((await at(NOW + 60_001)).clicks[0]?.counts).toEqual([2]);
    });

    it('counts a late click in the window of its own time', async () => {
      const subject = id();
      const at = (ms: number) =>
        look(request({ clicks: [click({ clickedAtMs: ms, velocities: [ip(subject)] })] }));
      await at(NOW);
      await at(NOW + 30_000);
      expect((await at(NOW + 10)).clicks[0]?.counts).toEqual([2]);
      // Years ago, as an import brings it: a window of its own.
      expect((await at(Date.UTC(2015, 4, 17))).clicks[0]?.counts).toEqual([1]);
    });

    it('never counts a repeat', async () => {
      const subject = id();
      const one = request({ clicks: [click({ velocities: [ip(subject)] })] });
      for (let i = 0; i < 5; i++) await look(one);
      expect(
        (await look(request({ clicks: [click({ velocities: [ip(subject)] })] }))).clicks[0]?.counts,
      ).toEqual([2]);
    });

    it('gives the count of a click back when its commit failed', async () => {
      const subject = id();
      const failed = request({ clicks: [click({ velocities: [ip(subject)] })] });
      await look(failed);
      await guard.release([failed]);
      expect(
        (await look(request({ clicks: [click({ velocities: [ip(subject)] })] }))).clicks[0]?.counts,
      ).toEqual([1]);
    });

    it('gives nothing back of a repeat: its look added nothing', async () => {
      const subject = id();
      const one = request({ clicks: [click({ velocities: [ip(subject)] })] });
      expect((await look(one)).clicks[0]).toMatchObject({ counts: [1], added: [true] });
      expect((await look(one)).clicks[0]).toMatchObject({ counts: [1], added: [false] });
    });

    it('leaves no time of a window uncounted, however full its end is', async () => {
      // An attacker fills the end of the minute, and goes on before it.
      const subject = id();
      const at = (ms: number, count: number) =>
        look(
          request({
            clicks: Array.from({ length: count }, () =>
              click({ clickedAtMs: NOW + ms, velocities: [ip(subject, 11)] }),
            ),
          }),
        );
      await at(59_999, 200);
      const earlier = await at(30_000, 12);
      expect(earlier.clicks.map(({ counts }) => counts[0])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      await at(0, 200);
      expect((await at(40_000, 1)).clicks[0]?.counts[0]).toBeGreaterThanOrEqual(11);
      // The next minute still sees the end of this one.
      expect((await at(60_000 + 59_998, 1)).clicks[0]?.counts[0]).toBeGreaterThanOrEqual(11);
    });

    it('counts as a list of all clicks would, up to the limit, in any order', async () => {
      const subject = id();
      const countMax = 6;
      const times: number[] = [];
      let seed = 7;
      const random = (below: number) => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % below;
      };
      for (let i = 0; i < 300; i++) {
        const atMs = NOW + random(180) * 1_000;
        times.push(atMs);
        const truth = times.filter((time) => time > atMs - 60_000 && time <= atMs).length;
        const answer = await look(
          request({ clicks: [click({ clickedAtMs: atMs, velocities: [ip(subject, countMax)] })] }),
        );
        expect(Math.min(answer.clicks[0]?.counts[0] ?? 0, countMax)).toBe(Math.min(truth, countMax));
      }
    });

    it('reads counters of committed clicks by minute, and the hour before by its share', async () => {
      const subject = id();
      const hour = Math.floor(NOW / 3_600_000) * 3_600_000;
      const counter = { name: 'ad', subject };
      const read = async (atMs: number) =>
        (await look(request({ clicks: [click({ clickedAtMs: atMs, counter })] }))).clicks[0]?.counter;
      expect(await read(hour)).toEqual({ minute: 0, hour: 0 });
      const add = (clickedAtMs: number, count: number) => ({ ...counter, tenantId: 1, clickedAtMs, count });
      await guard.settle([], [add(hour - 1, 40), add(hour + 30_000, 7)]);
      expect(await read(hour + 59_000)).toMatchObject({ minute: 7 });
      expect((await read(hour + 1_800_000))?.hour).toBeCloseTo(7 + 20);
      expect(await read(hour - 1)).toMatchObject({ minute: 40 });
    });

    it('counts committed clicks of each tenant for itself', async () => {
      const counter = { name: 'ad', subject: id() };
      await guard.settle([], [{ ...counter, tenantId: 1, clickedAtMs: 0, count: 40 }]);
      const read = async (tenantId: number) =>
        (await look(request({ tenantId, clicks: [click({ clickedAtMs: 0, counter })] }))).clicks[0]?.counter;
      expect((await read(1))?.minute).toBe(40);
      expect((await read(2))?.minute).toBe(0);
    });

    it('stays over the limit however many clicks come', async () => {
      const subject = id();
      const clicks = Array.from({ length: 1_000 }, () => click({ velocities: [ip(subject)] }));
      const answer = await look(request({ clicks }));
      expect(answer.clicks.slice(100).every(({ counts }) => (counts[0] ?? 0) > 100)).toBe(true);
    });
  });
}
