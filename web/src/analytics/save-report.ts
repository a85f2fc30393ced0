import { figuresOf, groupOf } from '../api/questions.js';
import type { Point } from '../charts/points.js';
import { makeReport } from '../export/report.js';
import { fileName, saveFile } from '../export/save.js';
import { previousLabel } from '../lib/comparison.js';
import { DIMENSION_LABELS, DIMENSIONS, type Dimension, filterText } from '../lib/filters.js';
import { serverNow } from '../state/now.js';
import type { PageAnswers, ShownContext } from './context.js';

/** Rows of each table in the report. */
const ROWS_MAX = 8;

/** Makes a PDF of what is on screen and hands it to the browser. */
export async function saveReport(
  title: string,
  answers: PageAnswers,
  points: readonly Point[],
  { view, range, filters }: ShownContext,
  labelOf: (dimension: Dimension, value: string) => string,
): Promise<void> {
  const tables = Object.values(answers).flatMap((answer) => {
    const rows = answer?.reply?.data ?? [];
    const [first] = rows;
    const dimension = first && DIMENSIONS.find((one) => groupOf(first, one) !== undefined);
    if (!dimension) return [];
    return [
      {
        title: DIMENSION_LABELS[dimension].many,
        rows: rows.slice(0, ROWS_MAX).map((row) => ({
          label: labelOf(dimension, groupOf(row, dimension) ?? ''),
          figures: figuresOf(row),
        })),
      },
    ];
  });
  const previous = answers.previousTotal?.reply;
  const bytes = await makeReport({
    title,
    range,
    filters: filters.map((filter) => filterText(filter, labelOf)),
    total: figuresOf(answers.total?.reply?.data[0]),
    previous: previous ? figuresOf(previous.data[0]) : null,
    against: previousLabel(view.choice, view.compare),
    points,
    tables,
    madeAtMs: serverNow(),
  });
  saveFile(`${fileName(range, title)}.pdf`, bytes as BlobPart, 'application/pdf');
}
