import { carryView } from '../../state/search.js';

/** The search of a link to the click log: the view goes along, and only these of its flagged clicks are listed. */
export const flaggedInLog = (more: Record<string, string | string[]> = {}) =>
  ((before: Record<string, unknown>) => ({ ...carryView(before), ...more, flagged: 'true' })) as never;
