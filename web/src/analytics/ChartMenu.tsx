import { Download } from 'lucide-react';
import type { RefObject } from 'react';
import { toQuery } from '../api/questions.js';
import type { Point, SeriesKey } from '../charts/points.js';
import { Button } from '../ui/Button.js';
import { Menu, MenuItem } from '../ui/Menu.js';
import type { ShownContext } from './context.js';

interface Props {
  points: readonly Point[];
  context: ShownContext;
  shown: readonly SeriesKey[];
  canvas: RefObject<HTMLCanvasElement | null>;
}

/** Saves the chart: its figures, or a picture of it. */
export function ChartMenu({ points, context, shown, canvas }: Props) {
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
  return (
    <Menu
      trigger={
        <Button kind="quiet" size="icon-small" aria-label="Export the chart" data-testid="chart-export">
          <Download aria-hidden="true" />
        </Button>
      }
    >
      <MenuItem asChild>
        <a href={csv} download>
          Figures as CSV
        </a>
      </MenuItem>
      <MenuItem onSelect={() => void save('svg')}>Picture as SVG</MenuItem>
      <MenuItem onSelect={() => void save('png')} disabled={!canvas.current}>
        Picture as PNG
      </MenuItem>
    </Menu>
  );
}
