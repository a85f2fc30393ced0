import { parseArgs } from 'node:util';
import { CONVERSION_FIELDS } from '../import/conversions.js';
import { FORMATS, type Format } from '../import/kind.js';
import { LOG_FORMATS } from '../import/log-formats.js';
import { type FieldMap, parseMap } from '../import/map.js';

const USAGE = `Usage: npm run import -- FILE… [options]

  FILE           files and folders, plain, gzip, zstd or brotli (.br); - for standard input
  --conversions  the files hold conversions: --map fills the fields of one
  --dry-run      store nothing: show the first ten clicks as they would be stored, and the summary
  --strict       end with 1 when any line is bad (without it: when nothing of a file was taken)
  --map          which column fills which field of a click, field=column,…; field:=text for a constant
  --format       ${FORMATS.join(', ')}; told from the first lines if absent
  --log-format   ${LOG_FORMATS.join(', ')},
                 or a pattern in GoAccess' language, such as '%h %^[%d:%t %^] "%r" %s %b'
  --delimiter    of a CSV: one character, or tab
  --encoding     e.g. windows-1252; told from the first bytes if absent
  --as-one       the files continue one another: equal lines in two of them are two clicks
  --label        the column that says which clicks are invalid: prints how well the rules find them
  --utc          times without a zone are UTC; otherwise they are bad lines
  --tenant       default: default
  --url          a running server; by default the one on DATA_DIR, else one is started for the import
`;

export class UsageError extends Error {}

export interface ImportArguments {
  paths: string[];
  map: FieldMap;
  format: Format | null;
  logFormat: string | null;
  delimiter: string | null;
  encoding: string | null;
  label: string | undefined;
  tenant: string;
  url: string | undefined;
  zonelessIsUtc: boolean;
  isDryRun: boolean;
  isStrict: boolean;
  isOneLog: boolean;
  /** The files hold conversions, not clicks. */
  isConversions: boolean;
}

/** Throws `UsageError` or `MapError`. */
export function readArguments(words: string[]): ImportArguments {
  const { values, positionals } = parsed(words);
  if (values.help || positionals.length === 0) throw new UsageError(USAGE);
  // The name that `--format` had when there was one format of logs.
  const isCombined = values.format === 'combined';
  const format = (isCombined ? 'log' : (values.format ?? null)) as Format | null;
  if (format !== null && !FORMATS.includes(format))
    throw new UsageError(`--format: expected ${FORMATS.join(', ')}.\n\n${USAGE}`);
  const isConversions = values.conversions;
  if (isConversions && (values['dry-run'] || values.label !== undefined))
    throw new UsageError(`--conversions takes neither --dry-run nor --label.\n\n${USAGE}`);
  return {
    paths: positionals,
    map: isConversions ? parseMap(values.map, CONVERSION_FIELDS, 'a conversion') : parseMap(values.map),
    format,
    logFormat: values['log-format'] ?? (isCombined ? 'combined' : null),
    delimiter: /^(?:tab|\\t)$/i.test(values.delimiter ?? '') ? '\t' : (values.delimiter ?? null),
    encoding: values.encoding ?? null,
    label: values.label,
    tenant: values.tenant,
    url: values.url,
    zonelessIsUtc: values.utc,
    isDryRun: values['dry-run'],
    isStrict: values.strict,
    isOneLog: values['as-one'],
    isConversions,
  };
}

function parsed(words: string[]) {
  try {
    return parseArgs({
      args: words,
      options: {
        format: { type: 'string' },
        'log-format': { type: 'string' },
        delimiter: { type: 'string' },
        encoding: { type: 'string' },
        map: { type: 'string', default: '' },
        label: { type: 'string' },
        tenant: { type: 'string', default: 'default' },
        url: { type: 'string' },
        utc: { type: 'boolean', default: false },
        conversions: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        'as-one': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}
