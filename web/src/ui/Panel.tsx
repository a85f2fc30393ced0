import type { ReactNode } from 'react';
import type { Answer } from '../api/answers.js';
import { explain } from '../api/http.js';
import { costOf } from '../api/questions.js';
import { cn } from '../lib/cn.js';
import { formatCount, formatMs } from '../lib/format.js';
import { ErrorNote } from './ErrorNote.js';

interface PanelProps {
  /** Names the panel, also in its error. */
  title: string;
  /** Shown in place of the title, such as tabs. */
  heading?: ReactNode;
  /** Controls at the right of the title. */
  actions?: ReactNode;
  testId?: string;
  className?: string;
  children: ReactNode;
}

/** A surface with a title. */
export function Panel({ title, heading, actions, testId, className, children }: PanelProps) {
  return (
    <section className={cn('card min-w-0 p-4', className)} data-testid={testId} aria-label={title}>
      <div className="mb-2 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1">
        {heading ?? <h2 className="text-sm font-semibold">{title}</h2>}
        {actions && <div className="ml-auto flex items-center gap-1">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

interface AnswerBodyProps {
  answer: Answer | undefined;
  what: string;
  /** Of the size of the content. */
  skeleton: ReactNode;
  children: (reply: NonNullable<Answer['reply']>) => ReactNode;
}

/** An answer; dimmed while it is that of an earlier question; its skeleton; or what failed. */
export function AnswerBody({ answer, what, skeleton, children }: AnswerBodyProps) {
  if (answer?.reply)
    return (
      <>
        <div
          className={cn('transition-opacity', answer.old && 'opacity-60 delay-200')}
          aria-busy={answer.old}
        >
          {children(answer.reply)}
        </div>
        {answer.error && <StaleNote answer={answer} />}
      </>
    );
  if (answer?.error) return <ErrorNote error={answer.error} what={what} retry={answer.retry} />;
  return skeleton;
}

/** Says that the shown answer could not be refreshed. */
export function StaleNote({ answer }: { answer: Answer }) {
  const { title, hint } = explain(answer.error);
  return (
    <p
      role="status"
      data-testid="stale-notice"
      title={hint}
      className="mt-2 flex items-center gap-2 text-xs text-warn"
    >
      {title}. Showing data from {new Date(answer.at).toLocaleTimeString()}.
      <button type="button" className="font-medium underline" onClick={answer.retry}>
        Retry
      </button>
    </p>
  );
}

/** What the answers of a page cost, for engineers: "11 questions · slowest 12 ms · 4,812 rows read · rollups". */
export function CostLine({ answers }: { answers: readonly (Answer | undefined)[] }) {
  const costs = answers.flatMap((answer) => (answer?.reply && costOf(answer.reply)) ?? []);
  if (costs.length === 0) return null;
  const rows = costs.reduce((sum, { rows }) => sum + rows, 0);
  const sources = [...new Set(costs.flatMap(({ sources }) => sources))];
  const raw = sources.includes('click_events');
  const rollups = sources.some((source) => source !== 'click_events');
  const from = [rollups && 'rollups', raw && 'raw clicks'].filter(Boolean).join(' and ');
  return (
    <p className="text-xs text-muted" data-testid="query-cost" title={sources.join(', ')}>
      {costs.length} {costs.length === 1 ? 'query' : 'queries'}, the slowest{' '}
      {formatMs(Math.max(...costs.map(({ ms }) => ms)))}
      {rows > 0 && ` · ${formatCount(rows)} rows read`}
      {from && ` · from ${from}`}
    </p>
  );
}
