import { create } from 'zustand';
import { type Counted, countedFrom, countMadeUp } from './analytics-count.js';
import { type GeneratorSettings, planRun } from './plan.js';
import { randomUuid, seededRandom } from './random.js';
import { emptyProgress, type Progress, runPlan } from './run.js';
import { sendClick } from './send-click.js';
import { sleep } from './sleep.js';

/** Longest time between two updates of the panel, in milliseconds. */
const PROGRESS_EVERY_MS = 100;
/** How often, and how long, analytics is asked for what it counts after a run, in milliseconds. */
const COUNT_EVERY_MS = 500;
const COUNT_MS_MAX = 30_000;

type Phase = 'idle' | 'running' | 'stopping' | 'stopped' | 'finished';

interface GeneratorState {
  settings: GeneratorSettings;
  phase: Phase;
  progress: Progress;
  elapsedMs: number;
  lastError: string | null;
  /** What analytics counts since the run began; null before it answered. */
  counted: Counted | null;
  setSettings(change: Partial<GeneratorSettings>): void;
  start(): Promise<void>;
  stop(): void;
}

let stopper = new AbortController();

/** The test click generator. A run lives here and not in the panel, so that it goes on when the panel is closed. */
export const useGenerator = create<GeneratorState>((set, get) => ({
  settings: {
    ratePerSecond: 10,
    seconds: 9,
    duplicatePercent: 10,
    duplicateBy: 'click_id',
    fraudPercent: 0,
    campaign: '',
    country: '',
    device: '',
    addresses: 'one',
  },
  phase: 'idle',
  progress: emptyProgress(0),
  elapsedMs: 0,
  lastError: null,
  counted: null,
  setSettings: (change) => set(({ settings }) => ({ settings: { ...settings, ...change } })),
  start: async () => {
    if (get().phase === 'running' || get().phase === 'stopping') return;
    stopper = new AbortController();
    const own = stopper;
    const { signal } = own;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    const plan = planRun(get().settings, seededRandom(seed), randomUuid, `demo-burst-${seed.toString(36)}`);
    set({
      phase: 'running',
      progress: emptyProgress(plan.length),
      elapsedMs: 0,
      lastError: null,
      counted: null,
    });
    const fromMs = countedFrom();
    const before = await countMadeUp(fromMs, signal).catch(() => null);
    const startMs = performance.now();
    let shownMs = 0;
    const progress = await runPlan(
      plan,
      {
        send: sendClick,
        now: () => performance.now(),
        sleep,
        onProgress: (latest, error) => {
          if (error) set({ lastError: error });
          const elapsedMs = performance.now() - startMs;
          if (elapsedMs - shownMs < PROGRESS_EVERY_MS) return;
          shownMs = elapsedMs;
          set({ progress: latest, elapsedMs });
        },
      },
      signal,
    );
    set({ progress, elapsedMs: performance.now() - startMs, phase: signal.aborted ? 'stopped' : 'finished' });
    if (!before) return;

    // Analytics is a moment behind: asked until it has every click, or no longer. Another run ends it.
    const never = new AbortController().signal;
    const endMs = performance.now() + COUNT_MS_MAX;
    while (own === stopper && performance.now() < endMs) {
      const after = await countMadeUp(fromMs, never).catch(() => null);
      if (own !== stopper) return;
      if (after)
        set({
          counted: { clicks: after.clicks - before.clicks, flagged: after.flagged - before.flagged },
        });
      if (after && after.clicks - before.clicks >= progress.accepted) return;
      await sleep(COUNT_EVERY_MS, never);
    }
  },
  stop: () => {
    if (get().phase !== 'running') return;
    set({ phase: 'stopping' });
    stopper.abort();
  },
}));
