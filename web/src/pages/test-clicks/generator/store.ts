import { DEFAULT_RULE_SETTINGS, type RuleSettings } from '@clickledger/contract';
import { randomUuid, seededRandom } from '@clickledger/traffic';
import { create } from 'zustand';
import { call } from '../../../api/http.js';
import { serverNow } from '../../../state/now.js';
import { addedBy, type Counted, countedFrom, countMadeUp } from './analytics-count.js';
import { type BurstCounts, countBurst } from './burst-count.js';
import { type BurstPlan, planBursts } from './bursts.js';
import { type GeneratorSettings, planRun } from './plan.js';
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
  /** The bursts of the run, and what analytics has of each. */
  bursts: readonly BurstPlan[];
  burstCounts: BurstCounts;
  /** The rules in force when the run began; null when they could not be read. */
  rules: RuleSettings | null;
  setSettings(change: Partial<GeneratorSettings>): void;
  start(): Promise<void>;
  stop(): void;
}

/** The rules in force; null when the server does not say. */
const readRules = (signal: AbortSignal) =>
  call('GET /api/v1/fraud/rules', { signal }).then(
    ({ settings }) => settings,
    () => null,
  );

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
    bursts: [],
  },
  phase: 'idle',
  progress: emptyProgress(0),
  elapsedMs: 0,
  lastError: null,
  counted: null,
  bursts: [],
  burstCounts: {},
  rules: null,
  setSettings: (change) => set(({ settings }) => ({ settings: { ...settings, ...change } })),
  start: async () => {
    if (get().phase === 'running' || get().phase === 'stopping') return;
    stopper = new AbortController();
    const own = stopper;
    const { signal } = own;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    const runId = seed.toString(36);
    const { settings } = get();
    const normal = planRun(settings, seededRandom(seed), randomUuid, `demo-burst-${runId}`);
    set({
      phase: 'running',
      progress: emptyProgress(normal.length),
      elapsedMs: 0,
      lastError: null,
      counted: null,
      bursts: [],
      burstCounts: {},
      rules: null,
    });
    const rules = settings.bursts.length > 0 ? await readRules(signal) : null;
    const parts = { newId: randomUuid, runId, nowMs: serverNow(), settings: rules ?? DEFAULT_RULE_SETTINGS };
    const bursts = planBursts(settings.bursts, parts, normal.at(-1)?.atMs ?? 0);
    const plan = [...normal, ...bursts.flatMap(({ clicks }) => clicks)];
    set({ progress: emptyProgress(plan.length), bursts, rules });
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
      if (after) set({ counted: addedBy(after, before) });
      if (after && after.clicks - before.clicks >= progress.accepted) break;
      await sleep(COUNT_EVERY_MS, never);
    }
    // Analytics has the clicks: what the rules said of them is there, too.
    for (const burst of bursts) {
      const count = await countBurst(burst, parts.nowMs, never).catch(() => null);
      if (own !== stopper) return;
      if (count) set(({ burstCounts }) => ({ burstCounts: { ...burstCounts, [burst.rule]: count } }));
    }
  },
  stop: () => {
    if (get().phase !== 'running') return;
    set({ phase: 'stopping' });
    stopper.abort();
  },
}));
