/** What a stage measured of one system: `{ '5,000/s': { 'p99 ms': 12.1 } }`. A name ends with its unit. */
export type Figures = Record<string, Record<string, number>>;

/** The build before, the build that is looked at, and the empty handler. */
export type Role = 'before' | 'after' | 'floor';

/** What one round of a stage measured; a role that failed is missing. */
export type Round = Partial<Record<Role, Figures>>;

/** Ratios of the rounds. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

export interface Comparison {
  case: string;
  figure: string;
  /** Medians of the rounds; NaN where nothing was measured. */
  before: number;
  after: number;
  floor: number;
  /** `after` by `before` and by `floor`, in each round: what disturbs a round disturbs both. Null when no round has both. */
  toBefore: Spread | null;
  toFloor: Spread | null;
}

/** Median, lowest and highest of the finite values; null when there is none. The median of an even number is the mean of the middle two. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined) return null;
  const middle = (sorted.length - 1) / 2;
  const sum = (sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0);
  return { median: sum / 2, low, high };
}

/** Every figure of a stage, in the order in which it was measured. */
export function compare(rounds: readonly Round[]): Comparison[] {
  const seen = new Map<string, [string, string]>();
  for (const figures of rounds.flatMap((round) => [round.after, round.before, round.floor]))
    for (const [name, ofCase] of Object.entries(figures ?? {}))
      for (const figure of Object.keys(ofCase)) seen.set(`${name}\n${figure}`, [name, figure]);
  return [...seen.values()].map(([name, figure]) => {
    const of = (role: Role) => rounds.map((round) => round[role]?.[name]?.[figure] ?? Number.NaN);
    const after = of('after');
    const ratios = (others: number[]) => spreadOf(after.map((value, i) => value / (others[i] ?? Number.NaN)));
    const [before, floor] = [of('before'), of('floor')];
    return {
      case: name,
      figure,
      before: middleOf(before),
      after: middleOf(after),
      floor: middleOf(floor),
      toBefore: ratios(before),
      toFloor: ratios(floor),
    };
  });
}

const middleOf = (values: readonly number[]) => spreadOf(values)?.median ?? Number.NaN;
