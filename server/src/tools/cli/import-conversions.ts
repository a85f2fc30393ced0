import type { ConversionImportReply } from '../../conversions/import-wire.js';
import { sleep } from '../../lib/backoff.js';
import { messageOf } from '../../lib/log.js';
import { type ConversionSummary, importConversions } from '../import/conversions.js';
import { ImportIds } from '../import/import-id.js';
import { ImportError, SubmitError } from '../import/records.js';
import { RETRY_DEFAULTS } from '../import/retry.js';
import { call, endImport } from './api-call.js';
import type { ImportArguments } from './import-arguments.js';
import type { InputFile } from './import-files.js';
import { causeLines, openedLine } from './import-report.js';
import { startProgress } from './progress.js';

/** Longest name that the audit log takes. */
const FILE_NAME_LENGTH_MAX = 128;

/** Imports files of conversions, one after the other. Resolves with the status to end with. */
export async function importConversionFiles(
  url: string,
  files: readonly InputFile[],
  given: ImportArguments,
): Promise<number> {
  const { tenant_id: tenantId } = await call<{ tenant_id: number }>(
    `${url}/api/v1/admin/tenants/${encodeURIComponent(given.tenant)}`,
  );
  const ids = new ImportIds(tenantId);
  let status = 0;
  for (const input of files) {
    const file = input.name.slice(0, FILE_NAME_LENGTH_MAX);
    const progress = startProgress({ title: input.name, total: input.sizeBytes });
    try {
      const summary = await importConversions({
        ...given,
        name: input.name,
        stream: input.open(),
        times: { zonelessIsUtc: given.zonelessIsUtc },
        ids: given.isOneLog ? ids : new ImportIds(tenantId),
        submit: async (conversions) =>
          (
            await call<ConversionImportReply>(`${url}/api/v1/admin/import/conversions`, {
              tenantId,
              file,
              conversions,
            })
          ).results,
        retry: { ...RETRY_DEFAULTS, sleep: (ms) => sleep(ms) },
        onOpened: (opened) => console.log(openedLine(input.name, opened)),
        onProgress: ({ bytesRead, summary: { lines } }) => progress.update(bytesRead, `${lines} lines`),
      });
      const { accepted, duplicates } = summary;
      await endImport(url, { file, tenantId, accepted, duplicates, flagged: 0 }).catch((error: unknown) =>
        console.error(`\n  ${input.name}: its counts are missing in the audit log: ${messageOf(error)}\n`),
      );
      progress.stop();
      console.log(['', ...conversionLines(summary)].join('\n'));
      if (hasFailed(summary, given.isStrict)) status = 1;
    } catch (error) {
      progress.stop();
      if (!(error instanceof ImportError) || error instanceof SubmitError) throw error;
      console.error(`\n  ${input.name}: ${error.message}\n`);
      status = 1;
    }
  }
  return status;
}

/** What became of a file. */
export function conversionLines({ lines, accepted, duplicates, errors }: ConversionSummary): string[] {
  const counts = `${lines} lines: ${accepted} new conversions, ${duplicates} counted before, ${errors.count} bad`;
  return [counts, ...causeLines(errors)].map((text) => `  ${text}`);
}

const hasFailed = ({ accepted, duplicates, errors }: ConversionSummary, isStrict: boolean): boolean =>
  errors.count > 0 && (isStrict || accepted + duplicates === 0);
