import type { AggregateReply } from '@clickledger/contract';
import { useQueries } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ask } from './ask.js';
import { POLL_MS } from './queries.js';
import { type Question, toQuery } from './questions.js';
import { useStream } from './stream.js';

/** One answer, as a panel needs it. */
export interface Answer {
  reply: AggregateReply | undefined;
  error: Error | null;
  /** When the reply came, in milliseconds since 1970. */
  at: number;
  /** True while the reply is that of an earlier question of the same panel. */
  old: boolean;
  retry: () => void;
}

export interface Answers<Name extends string, Context> {
  answers: Record<Name, Answer>;
  /** What the answers are about: the view and range they were asked for. */
  context: Context;
  /** True while the answers of the chosen view are not all there, and those of the last one are shown. */
  changing: boolean;
}

/**
 * The answers of a whole page, which change from one view to the next all at once: while any answer of a new view is
 * missing, the old ones stay (with `changing`), so that figures of two filters never stand side by side. Within a view
 * each panel goes on by itself: one that fails says so, and the others are shown.
 *
 * Answers are pushed (see `stream.ts`) and, while no stream is open, asked every 5 s.
 *
 * @param viewKey Names the view; answers are exchanged together when it changes.
 * @param context Kept with the answers of its view.
 */
export function useAnswers<Name extends string, Context>(
  viewKey: string,
  context: Context,
  questions: Record<Name, Question | null>,
): Answers<Name, Context> {
  const asked = (Object.entries(questions) as [Name, Question | null][]).flatMap(([name, question]) =>
    question ? [{ name, query: toQuery(question) }] : [],
  );
  const key = asked.map(({ query }) => query).join(' ');
  const [answeredKey, setAnsweredKey] = useState('');
  // Each of these questions has had an answer, or an error. Only then are they asked again, by a stream or all at the same moment:
  // those that are still waited for would wait longer.
  const isAnswered = answeredKey === key;
  const pushed = useStream(isAnswered ? asked.map(({ query }) => query) : []);
  const results = useQueries({
    queries: asked.map(({ query }) => ({
      queryKey: ['aggregate', query],
      queryFn: ({ signal }: { signal: AbortSignal }) => ask(query, signal),
      refetchInterval: pushed || !isAnswered ? (false as const) : POLL_MS,
      staleTime: POLL_MS,
    })),
  });

  const kept = useRef<{ viewKey: string; context: Context; answers: Record<Name, Answer> }>(null);
  const whole = results.every((result) => !result.isPending);
  useEffect(() => (whole ? setAnsweredKey(key) : undefined), [whole, key]);
  const before = kept.current;
  if (!before || before.viewKey === viewKey || whole) {
    const answers = {} as Record<Name, Answer>;
    for (const [index, { name }] of asked.entries()) {
      const result = results[index];
      if (!result) continue;
      const last = before?.viewKey === viewKey ? before.answers[name] : undefined;
      // A range that moved on asks again: until that is answered, and if it fails, the last answer of the panel stays.
      const keep = result.data === undefined && last?.reply !== undefined;
      answers[name] = {
        reply: keep ? last.reply : result.data,
        error: result.error,
        at: keep ? last.at : result.dataUpdatedAt,
        old: keep,
        retry: () => void result.refetch(),
      };
    }
    // Written while rendering, on purpose: it is a memory of what was on screen, and the same inputs write the same.
    kept.current = { viewKey, context, answers };
  }
  const shown = kept.current as NonNullable<typeof kept.current>;
  return { answers: shown.answers, context: shown.context, changing: shown.viewKey !== viewKey };
}
