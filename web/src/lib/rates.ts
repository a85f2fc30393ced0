import type { Figures } from '../api/questions.js';

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** Conversions for each billable click, as a share; null without such clicks. */
export const cvrOf = ({ conversions, billable }: Figures): number | null => ratio(conversions, billable);
/** Spend for each conversion, in millionths; null without conversions. */
export const cpaOf = ({ spendMicros, conversions }: Figures): number | null =>
  ratio(spendMicros, conversions);
/** Value of conversions for each unit of spend; null without spend. */
export const roasOf = ({ valueMicros, spendMicros }: Figures): number | null =>
  ratio(valueMicros, spendMicros);
