import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isMarkdown = (path: string) => path.endsWith('.md');
const NOT_OURS = new Set(['node_modules', 'dist', 'dist-types', 'data', 'coverage', 'test-results']);

/** Markdown files below a folder, relative to the root. */
function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name.startsWith('.') || NOT_OURS.has(entry.name) ? [] : pagesIn(path);
    return isMarkdown(path) ? [path] : [];
  });
}
const pages = pagesIn('.');

const read = (path: string) => readFileSync(join(root, path), 'utf8');
/** Without code, where brackets and number signs mean something else. */
const prose = (text: string) => text.replace(/^ *```.*?^ *```/gms, '').replace(/`[^`\n]*`/g, 'code');

/** The anchors that GitHub gives to a page's headings: lower case, no punctuation, dashes for spaces, numbered when repeated. */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>();
  const headings = read(path)
    .replace(/^ *```.*?^ *```/gms, '')
    .matchAll(/^#+ +(.+?) *$/gm);
  for (const [, heading = ''] of headings) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const base = words.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let anchor = base;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${base}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Links of a page to files of the repository: [file relative to the root, anchor or empty]. */
function localLinks(page: string): [file: string, anchor: string][] {
  return [...prose(read(page)).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      const file = path === '' ? page : relative(root, resolve(root, dirname(page), decodeURI(path)));
      return [file, anchor];
    });
}

/** OpenTelemetry's names of protocols look like files. */
const NO_FILES = new Set(['http/protobuf', 'http/json']);

/** Inline code that names a test or a file as `room/name`, with a folder of server/src first. */
function namedFiles(page: string): string[] {
  return [...read(page).matchAll(/`([a-z-]+\/[a-z/-]+(?:\.it)?)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => !NO_FILES.has(name) && existsSync(join(root, 'server/src', name.split('/')[0] ?? '')));
}

describe('the documentation', () => {
  it.each(pages)('%s links only to files and headings that exist', (page) => {
    const broken = localLinks(page).filter(([file, anchor]) => {
      if (file.startsWith('..') || !existsSync(join(root, file))) return true;
      return anchor !== '' && isMarkdown(file) && !anchorsOf(file).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(pages)('%s names only tests and files of the server that exist', (page) => {
    const gone = namedFiles(page).filter(
      (name) =>
        !['', '.ts', '.test.ts', '.it.test.ts'].some((end) =>
          existsSync(join(root, 'server/src', name + end)),
        ),
    );
    expect(gone).toEqual([]);
  });

  it('has every page of docs/ in its index', () => {
    const listed = new Set(localLinks('docs/README.md').map(([file]) => file));
    const missing = pages.filter((page) => page.startsWith('docs/') && !listed.has(page));
    expect(missing).toEqual(['docs/README.md']);
  });
});
