import { SingleBar } from 'cli-progress';

/** How often the progress is said where there is no terminal to draw it on: logs should show that something goes on, and not much more. */
const EVERY_MS = 10_000;

export interface Progress {
  /**
   * @param done of the total, in its unit
   * @param text the same for a person, e.g. `12,000 lines`
   * @param total another one, now that it is known better
   */
  update(done: number, text: string, total?: number): void;
  stop(): void;
}

export interface ProgressOptions {
  /** What is worked on, e.g. a file's name. */
  title: string;
  /** Null when nobody knows it. */
  total: number | null;
  /** By default whether standard error, which the bar is drawn on, is a terminal. */
  isTerminal?: boolean;
  everyMs?: number;
  say?: (line: string) => void;
}

/** The progress of a command: a bar on a terminal, else a line each ten seconds. */
export function startProgress(options: ProgressOptions): Progress {
  const { title, total, isTerminal = process.stderr.isTTY === true } = options;
  if (!isTerminal || total === null) return byLines(options);
  const bar = new SingleBar({
    format: `  {bar} {percentage} % | ${title}: {text} | {eta_formatted} left`,
    hideCursor: true,
  });
  bar.start(total, 0, { text: '' });
  return {
    update: (done, text, better) => {
      if (better !== undefined) bar.setTotal(better);
      bar.update(done, { text });
    },
    stop: () => bar.stop(),
  };
}

function byLines({ title, total, everyMs = EVERY_MS, say = console.log }: ProgressOptions): Progress {
  const startedAt = performance.now();
  let state = { done: 0, text: '', total };
  const timer = setInterval(() => {
    const part = state.total ? `, ${Math.floor((100 * state.done) / state.total)} %` : '';
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    say(`  ${title}: ${state.text || 'begun'}${part}, after ${seconds} s`);
  }, everyMs);
  timer.unref();
  return {
    update: (done, text, better = state.total ?? undefined) => {
      state = { done, text, total: better ?? null };
    },
    stop: () => clearInterval(timer),
  };
}
