import { LINK_MACROS } from '@clickledger/contract';
import { describe, expect, it } from 'vitest';
import { Destination } from './destination.js';
import { encoded } from './parameters.js';

const write = (url: string, values: Record<string, string> = {}, appended = '') =>
  new Destination(url).write((macro) => encoded(values[macro] ?? ''), appended);

describe('a destination', () => {
  it.each(LINK_MACROS)('replaces {%s} by its value, percent-encoded, wherever it stands', (macro) => {
    const value = 'a b&c=d/é#{sub1}?\r\n';
    const put = encodeURIComponent(value);
    expect(write(`https://shop.example/${`{${macro}}`}/x?v={${macro}}#{${macro}}`, { [macro]: value })).toBe(
      `https://shop.example/${put}/x?v=${put}#${put}`,
    );
  });

  it('leaves unknown macros empty, and braces around anything else as they are', () => {
    expect(write('https://shop.example/?a={nobody}&b={click_id}&c={not-one}')).toBe(
      'https://shop.example/?a=&b=&c={not-one}',
    );
  });

  it('lets no value climb the path', () => {
    expect(write('https://shop.example/a/{sub1}/b/{sub2}', { sub1: '..', sub2: '../../c' })).toBe(
      'https://shop.example/a//b/..%2F..%2Fc',
    );
  });

  it.each([
    ['https://shop.example', 'https://shop.example?x=1'],
    ['https://shop.example/#top', 'https://shop.example/?x=1#top'],
    ['https://shop.example/?', 'https://shop.example/?x=1'],
    ['https://shop.example/?a=1', 'https://shop.example/?a=1&x=1'],
    ['https://shop.example/?a=1&', 'https://shop.example/?a=1&x=1'],
    ['https://shop.example/?a=1#b?c', 'https://shop.example/?a=1&x=1#b?c'],
  ])('%s: parameters are appended before the fragment', (url, whole) => {
    expect(write(url, {}, 'x=1')).toBe(whole);
    expect(new URL(whole).searchParams.get('x')).toBe('1');
  });

  it('is written in ASCII, the host as browsers resolve it', () => {
    expect(write('https://Bücher.example:8443/ä?ö={sub1}#ü', { sub1: 'ß' })).toBe(
      'https://xn--bcher-kva.example:8443/%C3%A4?%C3%B6=%C3%9F#%C3%BC',
    );
  });
});
