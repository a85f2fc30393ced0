import { BOM, type CsvCell, toCsv } from '@clickledger/contract';
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { fileName, saveFile } from '../export/save.js';
import { useCsvBom } from '../state/csv-bom.js';
import { useRange } from '../state/range.js';
import { Button } from './Button.js';
import { FormError } from './FormError.js';

type Rows = readonly Record<string, CsvCell>[];

interface Props {
  /** Names the table, for those who hear the button and for the file: "campaigns". */
  what: string;
  /** Of the file's name, where the table is not about the range of the view: "2026-11". */
  period?: string;
  /** The rows in full precision; made, or asked of the server where not all are on the page, when the button is pressed. */
  rows: () => Rows | Promise<Rows>;
}

/** Saves a table as CSV. */
export function CsvButton({ what, period, rows }: Props) {
  const range = useRange();
  const { bom } = useCsvBom();
  const name = period === undefined ? fileName(range, what) : `clickledger-${what}-${period}`;
  const save = useMutation({
    mutationFn: async () => {
      const csv = toCsv(await rows());
      saveFile(`${name}.csv`, `${bom ? BOM : ''}${csv}`, 'text/csv;charset=utf-8');
    },
  });
  return (
    <span className="inline-flex items-center gap-2">
      <FormError error={save.error} />
      <Button
        kind="quiet"
        size="icon-small"
        aria-label={`Download ${what} as CSV`}
        title={save.isPending ? 'Preparing the download…' : 'Download CSV'}
        data-testid={`csv-${what}`}
        disabled={save.isPending}
        onClick={() => save.mutate()}
      >
        <Download aria-hidden="true" />
      </Button>
    </span>
  );
}
