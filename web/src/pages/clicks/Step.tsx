import { Check, Ellipsis, ShieldAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '../../lib/cn.js';

export type StepState = 'done' | 'open' | 'warn' | 'bad';

const LOOKS = {
  done: { icon: Check, className: 'bg-good-soft text-good', label: 'done' },
  open: { icon: Ellipsis, className: 'bg-sunken text-muted', label: 'under way' },
  warn: { icon: TriangleAlert, className: 'bg-warn-soft text-warn', label: 'warning' },
  bad: { icon: ShieldAlert, className: 'bg-crit-soft text-crit', label: 'problem' },
} as const;

interface Props {
  title: string;
  state: StepState;
  summary: ReactNode;
  children?: ReactNode;
}

/** A step of a click's way, on a line that joins it to the next. */
export function Step({ title, state, summary, children }: Props) {
  const { icon: Icon, className, label } = LOOKS[state];
  return (
    <li className="group grid grid-cols-[1.5rem_minmax(0,1fr)] gap-x-3 text-sm" data-state={state}>
      <div className="flex flex-col items-center">
        <span className={cn('grid size-6 shrink-0 place-items-center rounded-full', className)}>
          <Icon className="size-3.5" aria-hidden="true" />
          <span className="sr-only">{label}</span>
        </span>
        <span aria-hidden="true" className="w-px flex-1 bg-line group-last:hidden" />
      </div>
      <div className="space-y-2 pb-5 group-last:pb-0">
        <div>
          <h3 className="font-semibold">{title}</h3>
          <div className="break-words">{summary}</div>
        </div>
        {children}
      </div>
    </li>
  );
}
