import { Download } from 'lucide-react';
import type { RefObject } from 'react';
import { toQuery } from '../api/questions.js';
import type { Point, SeriesKey } from '../charts/points.js';
import { Button } from '../ui/Button.js';
import { Menu, MenuItem, MenuLine } from '../ui/Menu.js';
import type { PageAnswers, ShownContext } from './context.js';
import { useLabels } from './names.js';

interface Props {
  answers: PageAnswers;
  points: readonly Point[];
  context: ShownContext;
  shown: readonly SeriesKey[];
  canvas: RefObject<HTMLCanvasElement | null>;
}

/** Saves the chart, as its figures or a picture, and the whole page as a report. */
export function ChartMenu({ answers, points, context, shown, canvas }: Props) {
  const labelOf = useLabels();
  const { range, filters } = context;
  const csv = `/api/v1/export/aggregate.csv?${toQuery({
    startMs: range.startMs,
    endMs: range.endMs,
    granularity: range.granularity,
    zone: range.zone,
    filters,
    fill: true,
  })}`;
  const save = async (kind: 'png' | 'svg') => {
    const { savePng, saveSvg } = await import('../export/save-chart.js');
    if (kind === 'svg') saveSvg(points, shown, range);
    else if (canvas.current) savePng(canvas.current, range);
  };
  const report = async () => {
    const { saveReport } = await import('./save-report.js');
    const title = document.querySelector('h1')?.textContent ?? 'Clicks';
    await saveReport(title, answers, points, context, labelOf);
  };
  return (
    <Menu
      trigger={
        <Button kind="quiet" size="icon-small" aria-label="Download" data-testid="chart-export">
          <Download aria-hidden="true" />
        </Button>
      }
    >
      <MenuItem asChild>
        <a href={csv} download>
          Download CSV
        </a>
      </MenuItem>
      <MenuItem onSelect={() => void save('svg')}>Download SVG</MenuItem>
      <MenuItem onSelect={() => void save('png')} disabled={!canvas.current}>
        Download PNG
      </MenuItem>
      <MenuLine />
      <MenuItem data-testid="report" onSelect={() => void report()}>
        Download PDF report
      </MenuItem>
    </Menu>
  );
}
