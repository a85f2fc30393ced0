/** What is folded at once from the raw clicks: the minutes with their hours, or the pairs of dimensions by hour. */
export const ROLLUPS = ['minutes', 'pairs'] as const;
export type Rollup = (typeof ROLLUPS)[number];

/** How far each is folded: the newest chunk that it holds. The chunks after it are read from the raw clicks. */
export type RollupMarks = Readonly<Record<Rollup, number>>;
