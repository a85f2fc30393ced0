import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Settings } from './config.js';

/** Settings whose default depends on something else, and how docs/settings.md writes it. */
const DERIVED: Record<string, string> = {
  NODE_NAME: 'host name and pid',
  HASH_SECRET: 'random',
  LEDGER_URL_FOR_CLICKHOUSE: '`DATABASE_URL`',
  OTEL_EXPORTER_OTLP_PROTOCOL: '`http/protobuf`',
};

/** Setting to default, as the tables of the page have them. */
const documented = new Map(
  [
    ...readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8').matchAll(
      /^\| `([A-Z_]+)` +\| (.*?) +\| \S/gm,
    ),
  ].map(([, name = '', value = '']) => [name, value]),
);

/** The default of a setting as the page writes it. */
function writtenDefault(name: keyof typeof Settings.shape): string {
  const value = Settings.shape[name].parse(undefined);
  const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
  return DERIVED[name] ?? (text === '' ? 'none' : `\`${text}\``);
}

describe('docs/settings.md', () => {
  const names = Object.keys(Settings.shape) as (keyof typeof Settings.shape)[];

  it.each(names)('lists %s with its default', (name) => {
    expect(documented.get(name)).toBe(writtenDefault(name));
  });

  it('lists no setting that the server does not know', () => {
    expect([...documented.keys()].filter((name) => !(name in Settings.shape))).toEqual([]);
  });
});
