import type { Click } from '../ingest/click.js';
import type { Rule } from './rule.js';

const WINDOW_MS = 60_000;
/** More clicks a minute than this from one address are flagged. Source: the product's definition. */
export const CLICKS_PER_IP_MAX = 100;
/** More clicks a minute than this from one user are flagged. Source: the product's definition. */
export const CLICKS_PER_USER_MAX = 50;

function velocityRule(name: string, subjectOf: (click: Click) => string | null, countMax: number): Rule {
  return {
    name,
    severity: 'strong',
    velocity(click) {
      const subject = subjectOf(click);
      return subject === null ? null : { name, subject, windowMs: WINDOW_MS, countMax: countMax + 1 };
    },
    fires: (_click, count) => count > countMax,
  };
}

export const velocityIp = velocityRule('velocity_ip', (click) => click.ipHash, CLICKS_PER_IP_MAX);
export const velocityUser = velocityRule('velocity_user', (click) => click.userId, CLICKS_PER_USER_MAX);
