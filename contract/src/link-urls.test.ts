import { describe, expect, it } from 'vitest';
import { isHostName, whyNoDestination } from './link-urls.js';

describe('a destination', () => {
  it.each([
    'https://shop.example',
    'https://shop.example:8443/a/{sub1}/b?cid={click_id}&x={unknown}#{sub2}',
    'https://shop.example/?next=https://other.example/@x',
    'HTTPS://Shop.Example/',
    'https://bücher.example/ä',
    'https://[2001:db8::1]/',
  ])('%s is one', (url) => expect(whyNoDestination(url, false)).toBeNull());

  it.each([
    ['http://shop.example/', 'unless allow_http'],
    ['javascript:alert(1)', 'Must begin with https://'],
    ['data:text/html,<script>1</script>', 'Must begin with https://'],
    ['//evil.example/', 'Must begin with https://'],
    ['/path', 'Must begin with https://'],
    ['ftp://shop.example/', 'Must begin with https://'],
    ['https:/shop.example/', 'Must begin with https://'],
    ['https:shop.example', 'Must begin with https://'],
    ['https://shop.example@evil.example/', 'user name'],
    ['https://user:secret@shop.example/', 'user name'],
    ['https://shop.example\\@evil.example/', 'backslashes'],
    ['https://shop.example/\r\nSet-Cookie: a=b', 'control characters'],
    ['https://shop.example/a b', 'Spaces'],
    ['https://shop.example/\u0000', 'control characters'],
    ['https://shop.example/\u0085', 'control characters'],
    [' https://shop.example/', 'Spaces'],
    ['https://{sub1}.example/', 'The host can’t hold a macro'],
    ['https://{sub1}/', 'The host can’t hold a macro'],
    ['https://shop.example:99999/', 'Not a valid URL'],
    ['https://exa%00mple/', 'Not a valid URL'],
    ['https:///evil.example/', 'Not a valid URL'],
    ['https://', 'Not a valid URL'],
    ['https://shop.example/\ud800', 'Unicode'],
  ])('%j is none: %s', (url, why) => expect(whyNoDestination(url, false)).toContain(why));

  it('may begin with http:// where the link says so, and with nothing else', () => {
    expect(whyNoDestination('http://shop.example/', true)).toBeNull();
    expect(whyNoDestination('javascript:alert(1)', true)).toContain('https:// or http://');
  });
});

it.each([
  ['go.shop.example', true],
  ['xn--bcher-kva.example', true],
  ['localhost', false],
  ['127.0.0.1', false],
  ['go.shop.example:80', false],
  ['Go.shop.example', false],
  ['-a.example', false],
  ['a..example', false],
  ['a.example/', false],
  [`${'a'.repeat(64)}.example`, false],
])('%s: is a host name: %s', (text, isOne) => expect(isHostName(text)).toBe(isOne));
