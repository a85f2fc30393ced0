import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const WORKSPACES = ['.', 'contract', 'server', 'web', 'bench'];
/** Licenses that ask for no more than their own text, or nothing at all. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'PDDL-1.0',
  'PostgreSQL',
  'Unlicense',
  'Zlib',
]);

interface Package {
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}
interface LockedPackage {
  license?: string;
  dev?: boolean;
  link?: boolean;
}

const readJson = <T>(...path: string[]): T => JSON.parse(readFileSync(join(root, ...path), 'utf8')) as T;
const isOurs = (name: string) => name.startsWith('@clickledger/');

/** Runtime dependencies: name to the version in package.json and the workspaces that have it. */
const wanted = new Map<string, { version: string; workspaces: string[] }>();
for (const workspace of WORKSPACES) {
  const { dependencies = {} } = readJson<Package>(workspace, 'package.json');
  for (const [name, version] of Object.entries(dependencies).filter(([name]) => !isOurs(name))) {
    const workspaces = [...(wanted.get(name)?.workspaces ?? []), workspace];
    wanted.set(name, { version, workspaces });
  }
}

/** Rows of the first table: library, version, license, workspaces. */
const documented = new Map(
  [
    ...readFileSync(join(root, 'docs/dependencies.md'), 'utf8').matchAll(
      /^\| `([^`]+)` +\| (\S+) +\| (.+?) +\| (.+?) +\| /gm,
    ),
  ].map(([, name = '', ...cells]) => [name, cells]),
);

/** The package as it is installed: a workspace may have a version of its own. */
function installed(name: string, workspace: string): Package {
  const folder = join(workspace, 'node_modules', name);
  return readJson<Package>(
    existsSync(join(root, folder)) ? folder : join('node_modules', name),
    'package.json',
  );
}

describe('docs/dependencies.md', () => {
  it.each([...wanted])('lists %s as it is installed', (name, { version, workspaces }) => {
    const found = installed(name, workspaces[0] ?? '');
    expect(found.version).toBe(version);
    expect(documented.get(name)).toEqual([version, found.license, workspaces.join(', ')]);
  });

  it('lists no library that is not a dependency', () => {
    expect([...documented.keys()].filter((name) => !wanted.has(name))).toEqual([]);
  });
});

describe('licenses', () => {
  it('of everything that is shipped are permissive', () => {
    const { packages } = readJson<{ packages: Record<string, LockedPackage> }>('package-lock.json');
    const shipped = Object.entries(packages).filter(
      ([path, { dev, link }]) => path.includes('node_modules/') && !dev && !link,
    );
    expect(shipped.length).toBeGreaterThan(wanted.size);
    const others = shipped.filter(
      ([, { license = 'none' }]) =>
        !license
          .replace(/[()]/g, '')
          .split(' AND ')
          .every((name) => PERMISSIVE.has(name)),
    );
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });
});
