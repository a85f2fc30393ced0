import { BOM, type CsvCell, toCsv } from '@clickledger/contract';
import { Download } from 'lucide-react';
import { fileName, saveFile } from '../export/save.js';
import { useCsvBom } from '../state/csv-bom.js';
import { useRange } from '../state/range.js';
import { Button } from './Button.js';

interface Props {
  /** Names the table, for those who hear the button and for the file: "campaigns". */
  what: string;
  /** Of the file's name, where the table is not about the range of the view: "2026-11". */
  period?: string;
  /** The rows as they stand, in full precision; made when they are asked for. */
  rows: () => readonly Record<string, CsvCell>[];
}

/** Saves a table that is on screen as CSV. */
export function CsvButton({ what, period, rows }: Props) {
  const range = useRange();
  const { bom } = useCsvBom();
  const name = period === undefined ? fileName(range, what) : `clickledger-${what}-${period}`;
  const save = () => saveFile(`${name}.csv`, `${bom ? BOM : ''}${toCsv(rows())}`, 'text/csv;charset=utf-8');
  return (
    <Button
      kind="quiet"
      size="icon-small"
      aria-label={`Download ${what} as CSV`}
      title="Download CSV"
      data-testid={`csv-${what}`}
      onClick={save}
    >
      <Download aria-hidden="true" />
    </Button>
  );
}
