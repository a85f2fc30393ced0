import { expect, it } from 'vitest';
import { downstreamOf } from './downstream.js';

const link = { allowedHosts: new Set(['shop.example', 'shop.example:8443']), allowHttp: false };

it.each([
  ['https://shop.example/a?b=c#d', 'https://shop.example/a?b=c#d'],
  ['HTTPS://SHOP.example:443/', 'https://shop.example/'],
  ['https://shop.example:8443/ä', 'https://shop.example:8443/%C3%A4'],
])('%s is followed', (text, href) => expect(downstreamOf(text, link)?.href).toBe(href));

it.each([
  'http://shop.example/',
  'https://evil.example/',
  'https://evil.example/https://shop.example/',
  'https://shop.example@evil.example/',
  'https://shop.example:443@evil.example/',
  'https://user@shop.example/',
  'https://shop.example.evil.example/',
  'https://evilshop.example/',
  'https://shop.example:9000/',
  'https://shop.example%2eevil.example/',
  'https:evil.example',
  'https:///evil.example/',
  '//evil.example/',
  '\\\\evil.example/',
  '/\\evil.example',
  'javascript:alert(document.domain)//shop.example',
  'data:text/html,shop.example',
  'ftp://shop.example/',
  ' https://shop.example/',
  'java\tscript:alert(1)',
  'https%3A%2F%2Fshop.example%2F',
  'https://shop.example\u3002evil.example/',
  'https://[::1]/',
  'https://',
  '',
])('%j is not', (text) => expect(downstreamOf(text, link)).toBeNull());

it('what a browser would drop or turn stays on the host: line breaks and backslashes', () => {
  expect(downstreamOf('https://shop.example/\r\nSet-Cookie: a=b', link)?.href).toBe(
    'https://shop.example/Set-Cookie:%20a=b',
  );
  expect(downstreamOf('https://shop.example/\\evil.example', link)?.host).toBe('shop.example');
  expect(downstreamOf('https://shop.example\\@evil.example/', link)?.href).toBe(
    'https://shop.example/@evil.example/',
  );
});

it('over http where the link says so', () => {
  expect(downstreamOf('http://shop.example/', { ...link, allowHttp: true })?.href).toBe(
    'http://shop.example/',
  );
});
