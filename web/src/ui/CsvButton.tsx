import { Download } from 'lucide-react';
import { type Cell, toCsv } from '../export/csv.js';
import { saveFile } from '../export/save.js';
import { Button } from './Button.js';

interface Props {
  /** Names the table, for those who hear the button and for the file: "campaigns". */
  what: string;
  /** The rows as they stand, in full precision; made when they are asked for. */
  rows: () => readonly Record<string, Cell>[];
}

/** Saves a table that is on screen as CSV. */
export const CsvButton = ({ what, rows }: Props) => (
  <Button
    kind="quiet"
    size="icon-small"
    aria-label={`Download ${what} as CSV`}
    title="Download CSV"
    data-testid={`csv-${what}`}
    onClick={() => saveFile(`clickledger-${what}.csv`, toCsv(rows()), 'text/csv;charset=utf-8')}
  >
    <Download aria-hidden="true" />
  </Button>
);
