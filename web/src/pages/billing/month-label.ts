import { dateLocale } from '../../lib/format.js';

const format = new Intl.DateTimeFormat(dateLocale, { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** `2026-11` as "November 2026". */
export const monthLabel = (period: string): string => format.format(Date.parse(`${period}-01T00:00:00Z`));
