import { Download } from 'lucide-react';
import { CONVERSIONS, toQuery } from '../api/questions.js';
import type { Point, SeriesKey } from '../charts/points.js';
import { previousLabel } from '../lib/comparison.js';
import { filterText } from '../lib/filters.js';
import { useCsvBom } from '../state/csv-bom.js';
import { useCurrency } from '../state/currency.js';
import { withMode } from '../state/test-data.js';
import { Button } from '../ui/Button.js';
import { Menu, MenuChoice, MenuItem, MenuLine } from '../ui/Menu.js';
import type { PageAnswers, ShownContext } from './context.js';
import { namesAds, useLabels } from './names.js';

interface Props {
  answers: PageAnswers;
  points: readonly Point[];
  context: ShownContext;
  shown: readonly SeriesKey[];
}

/** Saves the chart, as its figures or a picture, and the whole page as a report. */
export function ChartMenu({ answers, points, context, shown }: Props) {
  const { range, filters, view } = context;
  const labelOf = useLabels(namesAds(filters));
  const { bom, setBom } = useCsvBom();
  const query = toQuery({
    // Of what is on screen, however late it is saved.
    asked: { startMs: range.startMs, endMs: range.endMs },
    granularity: range.granularity,
    zone: range.zone,
    filters,
    fill: true,
    ...(context.hasConversions && { metrics: CONVERSIONS }),
  });
  const csv = withMode(`/api/v1/export/aggregate.csv?${query}${bom ? '&bom=true' : ''}`);
  const { currency } = useCurrency();
  const titleOf = () => document.querySelector('h1')?.textContent ?? 'Clicks';
  const save = async (kind: 'png' | 'svg') => {
    const { savePng, saveSvg } = await import('../export/save-chart.js');
    (kind === 'svg' ? saveSvg : savePng)({
      title: titleOf(),
      filters: filters.map((filter) => filterText(filter, labelOf)),
      points,
      shown,
      range,
      against: view.compare.kind === 'off' ? null : previousLabel(view.choice, view.compare),
      currency,
    });
  };
  const report = async () => {
    const { saveReport } = await import('./save-report.js');
    await saveReport(titleOf(), answers, points, context, labelOf);
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
      <MenuItem onSelect={() => void save('png')}>Download PNG</MenuItem>
      <MenuItem data-testid="report" onSelect={() => void report()}>
        Download PDF report
      </MenuItem>
      <MenuLine />
      <MenuChoice chosen={bom} data-testid="csv-bom" onSelect={() => setBom(!bom)}>
        CSV for Excel (UTF-8 with BOM)
      </MenuChoice>
    </Menu>
  );
}
