import { randomInt } from 'node:crypto';
import {
  csvLine,
  LIMITS,
  LINK_COLUMNS,
  type Link,
  type LinkColumn,
  type LinkImportReply,
  NewLink,
  unguardFormula,
} from '@clickledger/contract';
import { parse } from 'csv-parse/sync';
import type pg from 'pg';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { Invalid } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';
import {
  knownAds,
  type LinkEditor,
  makeLinks,
  NO_AD,
  NO_HOST,
  ownHosts,
  TAKEN,
  tooManyLinks,
} from './change-links.js';
import { type LinkToMake, listLinks, mayMakeLinks, newSlug } from './links-table.js';

const HEADER = csvLine(LINK_COLUMNS);
/** In an import these say nothing: they are made, or follow from others. */
const IGNORED: ReadonlySet<string> = new Set(['link_id', 'tracking_url']);
const COLUMNS: ReadonlySet<string> = new Set(LINK_COLUMNS);

/** Several destinations are one a line, each with its weight behind it. */
const destinationText = ({ destinations }: Link): string =>
  destinations.length === 1
    ? (destinations[0]?.url ?? '')
    : destinations.map(({ url, weight }) => `${url} ${weight}`).join('\n');

const cellOf = (link: Link, column: LinkColumn) => {
  if (column === 'destination') return destinationText(link);
  if (column === 'allowed_hosts') return link.allowed_hosts.join(' ');
  return link[column];
};

/** All links of a tenant as CSV, newest first, a page at a time. */
export async function* exportLinks(
  pool: pg.Pool,
  tenantId: number,
  publicUrl: string | null,
): AsyncGenerator<string> {
  yield HEADER;
  for (let after: string | undefined; ; ) {
    const page = await listLinks(pool, tenantId, { limit: LIMITS.linksPageMax, after }, publicUrl);
    yield page.data.map((link) => csvLine(LINK_COLUMNS.map((column) => cellOf(link, column)))).join('');
    if (page.next_after === null) return;
    after = page.next_after;
  }
}

type Row = { line: number; cells: Map<string, string> };
type ImportError = LinkImportReply['errors'][number];

/** @throws Invalid for a text that is no CSV, or has too many rows or columns that nobody knows */
function rowsOf(csv: string): Row[] {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(csv, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
    }) as never;
  } catch {
    throw new Invalid('Not comma-separated values: a quote is not closed', 'csv');
  }
  const [first, ...rest] = records;
  const names = first?.record.map((name) => name.trim().toLowerCase()) ?? [];
  const unknown = names.filter((name) => !COLUMNS.has(name));
  if (unknown.length > 0) throw new Invalid(`Unknown columns: ${unknown.join(', ').slice(0, 200)}`, 'csv');
  if (new Set(names).size < names.length) throw new Invalid('A column is there twice', 'csv');
  if (rest.length > LIMITS.linksImportMax)
    throw new Invalid(`At most ${LIMITS.linksImportMax} rows; split the file`, 'csv');
  let line = first?.info.lines ?? 1;
  return rest.map(({ record, info }) => {
    const row = {
      line: line + 1,
      cells: new Map(names.map((name, i) => [name, unguardFormula(record[i] ?? '')])),
    };
    line = info.lines;
    return row;
  });
}

const truth = (text: string): unknown => ({ true: true, false: false })[text.toLowerCase()] ?? text;
const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** A link as its row says it; an empty cell says nothing. */
function inputOf({ cells }: Row): Record<string, unknown> {
  const input: Record<string, unknown> = { destinations: [] };
  for (const [name, raw] of cells) {
    const text = raw.trim();
    if (text === '' || IGNORED.has(name)) continue;
    if (name === 'destination')
      input.destinations = text.split(/\r?\n/).map((line) => {
        const [url = '', weight] = words(line);
        return { url, ...(weight === undefined ? {} : { weight: Number(weight) }) };
      });
    else if (name === 'allowed_hosts') input[name] = words(text);
    else if (name === 'pass_parameters' || name === 'allow_http') input[name] = truth(text);
    else input[name] = text;
  }
  return input;
}

/** The column that a field of a link is in. */
const columnOf = (path: readonly PropertyKey[]): string =>
  path[0] === 'destinations' ? 'destination' : String(path[0] ?? '');

/** Makes the links of a file: all of them, or none when a row is wrong. */
export function importLinks(
  pool: pg.Pool,
  editor: LinkEditor,
  csv: string,
  isDryRun: boolean,
): Promise<LinkImportReply> {
  const rows = rowsOf(csv);
  const errors: ImportError[] = [];
  const links: { line: number; link: LinkToMake; isSlugMade: boolean }[] = [];
  for (const row of rows) {
    const parsed = NewLink.safeParse(inputOf(row));
    if (parsed.success) {
      const { slug } = parsed.data;
      links.push({
        line: row.line,
        link: { ...parsed.data, slug: slug ?? newSlug(randomInt) },
        isSlugMade: slug === undefined,
      });
    } else
      for (const { path, message } of parsed.error.issues)
        errors.push({ line: row.line, column: columnOf(path), message });
  }
  return inTransaction(pool, async (client) => {
    const { tenantId } = editor;
    await lockTransaction(client, LOCKS.links, tenantId);
    if (!(await mayMakeLinks(client, tenantId, rows.length))) throw tooManyLinks();
    const ads = await knownAds(client, tenantId, [...new Set(links.map(({ link }) => link.ad_id))]);
    const hosts = await ownHosts(client, tenantId);
    for (const { line, link } of links) {
      if (!ads.has(link.ad_id)) errors.push({ line, column: 'ad_id', message: NO_AD });
      if (!hosts.has(link.host)) errors.push({ line, column: 'host', message: NO_HOST });
    }
    let made = 0;
    if (errors.length === 0) {
      await client.query('SAVEPOINT links');
      const ids = await makeLinks(
        client,
        editor,
        links.map(({ link }) => link),
      );
      for (const [i, id] of ids.entries())
        if (id === null) errors.push({ line: links[i]?.line ?? 0, column: 'slug', message: TAKEN });
      if (isDryRun || errors.length > 0) await client.query('ROLLBACK TO SAVEPOINT links');
      else made = ids.length;
    }
    errors.sort((a, b) => a.line - b.line);
    return { rows: rows.length, made, errors: errors.slice(0, LIMITS.linksImportErrorsMax) };
  });
}
