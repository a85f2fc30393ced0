/**
 * A share of the subjects: those whose key leaves `index` when divided by `count`. What is counted by subject costs memory and time
 * by the subjects looked at; a share of them costs little more than reading the column.
 */
export interface Slice {
  index: number;
  count: number;
}

const ALL: Slice = { index: 0, count: 1 };
/** Clicks in a range for each slice of its subjects: 4 million different ones take 200 MB to count. */
export const SLICE_CLICKS = 4_000_000;
/** Clicks that a rule reads in a turn before it leaves turns out. */
const TURN_CLICKS = SLICE_CLICKS / 4;
/** The same for a rule that looks at all subjects at once, and has few. */
const WHOLE_TURN_CLICKS = 50_000_000;
/** Slices of a range that somebody asked for. Each reads all of it once. */
const ASKED_SLICES_MAX = 64;

/** All subjects of a range with so many clicks, a slice after the other. */
export function allSlices(clicks: number, sliceClicks = SLICE_CLICKS): Slice[] {
  const count = Math.min(Math.max(1, Math.ceil(clicks / sliceClicks)), ASKED_SLICES_MAX);
  return Array.from({ length: count }, (_, index) => ({ index, count }));
}

export interface TurnOptions {
  windowMinutes: number;
  /** False: each subject is compared with all others, so that it is all of them or none. */
  canSlice: boolean;
  /** So that not all rules have the same turn. */
  offset: number;
  sliceClicks?: number | undefined;
}

/**
 * The slice that a rule looks at in this turn, null for none. Turns are a minute apart. The more clicks its window holds, the fewer
 * subjects it looks at, and the more rarely, so that what it reads stays in bounds; but in any turns of half the window it looks at
 * each subject once.
 */
export function sliceOfTurn(turn: number, clicks: number, options: TurnOptions): Slice | null {
  const { count, every } = planOf(clicks, options);
  const own = turn + options.offset;
  if (own % every !== 0) return null;
  return count === 1 ? ALL : { index: (own / every) % count, count };
}

/** In how many turns, whenever the first is, a rule looks at every subject. */
export function turnsForAll(clicks: number, options: Omit<TurnOptions, 'offset'>): number {
  const { count, every } = planOf(clicks, options);
  return count * every;
}

/** How many slices there are, and every how many turns one is looked at. */
function planOf(
  clicks: number,
  { windowMinutes, canSlice, sliceClicks = SLICE_CLICKS }: Omit<TurnOptions, 'offset'>,
): { count: number; every: number } {
  const turns = Math.max(1, Math.floor(windowMinutes / 2));
  const count = canSlice ? Math.min(Math.max(1, Math.ceil(clicks / sliceClicks)), turns) : 1;
  const turnClicks = canSlice ? TURN_CLICKS : WHOLE_TURN_CLICKS;
  const every = Math.min(Math.max(1, Math.ceil(clicks / turnClicks)), Math.floor(turns / count));
  return { count, every };
}
