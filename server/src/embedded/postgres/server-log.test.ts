import { expect, it } from 'vitest';
import type { Log } from '../../lib/log.js';
import { logServerLine } from './server-log.js';

function told(line: string): string[] {
  const said: string[] = [];
  const at = (level: string) => (_fields: object, text: string) => said.push(`${level}: ${text}`);
  logServerLine(
    { info: at('info'), warn: at('warn'), error: at('error'), debug: at('debug') } as unknown as Log,
    line,
  );
  return said;
}

it('a server that is still starting is nothing to warn of', () => {
  expect(told('2025-11-25 04:00:00.000 UTC [7] FATAL:  the database system is starting up')[0]).toMatch(
    /^debug:/,
  );
  expect(told('2025-11-25 04:00:00.000 UTC [7] FATAL:  the database system is in recovery mode')[0]).toMatch(
    /^debug:/,
  );
  expect(told('2025-11-25 04:00:00.000 UTC [7] PANIC:  could not write to file')[0]).toMatch(/^warn:/);
  expect(told('')).toEqual([]);
});

it('values do not get into our log', () => {
  expect(told('[7] ERROR:  invalid input syntax for type uuid: "jane"')).toEqual([
    'warn: [7] ERROR:  invalid input syntax for type uuid: "…"',
  ]);
});
