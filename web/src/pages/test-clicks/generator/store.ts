import { create } from 'zustand';
import { type GeneratorSettings, planRun } from './plan.js';
import { randomUuid, seededRandom } from './random.js';
import { emptyProgress, type Progress, runPlan } from './run.js';
import { sendClick } from './send-click.js';

/** Longest time between two updates of the panel, in milliseconds. */
const PROGRESS_EVERY_MS = 100;

type Phase = 'idle' | 'running' | 'stopping' | 'stopped' | 'finished';

interface GeneratorState {
  settings: GeneratorSettings;
  phase: Phase;
  progress: Progress;
  elapsedMs: number;
  lastError: string | null;
  setSettings(change: Partial<GeneratorSettings>): void;
  start(): Promise<void>;
  stop(): void;
}

/** Waits, or until the run is stopped. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

let stopper = new AbortController();

/** The test click generator. A run lives here and not in the panel, so that it goes on when the panel is closed. */
export const useGenerator = create<GeneratorState>((set, get) => ({
  settings: { clicks: 90, ratePerSecond: 10, duplicatePercent: 10, fraudPercent: 0 },
  phase: 'idle',
  progress: emptyProgress(0),
  elapsedMs: 0,
  lastError: null,
  setSettings: (change) => set(({ settings }) => ({ settings: { ...settings, ...change } })),
  start: async () => {
    if (get().phase === 'running' || get().phase === 'stopping') return;
    stopper = new AbortController();
    const { signal } = stopper;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    const plan = planRun(get().settings, seededRandom(seed), randomUuid, `demo-burst-${seed.toString(36)}`);
    const startMs = performance.now();
    let shownMs = 0;
    set({ phase: 'running', progress: emptyProgress(plan.length), elapsedMs: 0, lastError: null });
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
  },
  stop: () => {
    if (get().phase !== 'running') return;
    set({ phase: 'stopping' });
    stopper.abort();
  },
}));
