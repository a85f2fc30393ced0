import { expect, it } from 'vitest';
import { aJudgedClick } from '../../testing/judged-click.js';
import { clickOf, clicksIn, lineOf } from './line.js';

const clicks = [1, 2, 3].map((n) => aJudgedClick({ adId: `ä-${n}`, userAgent: 'a\nb' }).click);
const text = clicks.map(lineOf).join('');

it('a click comes back from its line as it was', () => {
  expect(clicksIn(text)).toEqual({ clicks, damaged: 0 });
});

it('a last line that a crash has torn, wherever, is no click and no damage: nobody was answered for it', () => {
  const last = lineOf(clicks[2] as never).length;
  for (let cut = 1; cut <= last; cut++)
    expect(clicksIn(text.slice(0, -cut))).toEqual({ clicks: clicks.slice(0, 2), damaged: 0 });
  const zeros = `${text.slice(0, -5)}\0\0\0\0\n`;
  expect(clicksIn(zeros)).toEqual({ clicks: clicks.slice(0, 2), damaged: 0 });
});

it('any other line with a changed byte is damage, and costs no other click', () => {
  const line = lineOf(clicks[0] as never);
  for (let at = 0; at < line.length - 1; at += 7) {
    const changed = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
    expect(clicksIn(changed)).toEqual({ clicks: clicks.slice(1), damaged: 1 });
  }
  expect(clickOf('')).toBeNull();
});
