import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { apiMarkdown } from './api-markdown.js';
import { openApiDocument } from './openapi.js';

it('docs/API.md says what the schemas say (else: npm run docs)', () => {
  const version = '0';
  const written = readFileSync(new URL('../../docs/API.md', import.meta.url), 'utf8');
  expect(written).toBe(apiMarkdown(openApiDocument(version)));
});
