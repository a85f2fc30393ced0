import { GitCompareArrows } from 'lucide-react';
import { cn } from '../lib/cn.js';
import type { Comparison } from '../lib/comparison.js';
import { useRange } from '../state/range.js';
import { useChangeView, useView } from '../state/view.js';
import { Button } from '../ui/Button.js';
import { Menu, MenuChoice, MenuLabel } from '../ui/Menu.js';

const CHOICES = [
  ['off', 'No comparison'],
  ['previous', 'Previous period'],
  ['year', 'Previous year'],
  ['custom', 'Custom period…'],
] as const satisfies readonly (readonly [Comparison['kind'], string])[];

/** What the figures are compared with. */
export function CompareMenu() {
  const { compare } = useView();
  const { previous, previousEndMs } = useRange();
  const changeView = useChangeView();
  const chosen = CHOICES.find(([kind]) => kind === compare.kind)?.[1] ?? '';
  const choose = (kind: Comparison['kind']) =>
    changeView({
      compare: kind === 'custom' ? { kind, fromMs: previous.startMs, toMs: previousEndMs } : { kind },
    });
  return (
    <Menu
      trigger={
        <Button
          size="icon"
          aria-label={`Compare: ${chosen}`}
          title={`Compare: ${chosen}`}
          data-testid="compare"
          data-compare={compare.kind}
          className={cn('max-sm:size-11', compare.kind !== 'off' && 'border-accent/50 bg-accent-soft')}
        >
          <GitCompareArrows aria-hidden="true" />
        </Button>
      }
    >
      <MenuLabel>Compare with</MenuLabel>
      {CHOICES.map(([kind, label]) => (
        <MenuChoice
          key={kind}
          chosen={compare.kind === kind}
          data-testid={`compare-${kind}`}
          onSelect={() => void choose(kind)}
        >
          {label}
        </MenuChoice>
      ))}
    </Menu>
  );
}
