import { expect, it } from 'vitest';
import { ConversionActionChange } from './conversion-actions.js';
import { AdChange, AdvertiserChange, CampaignChange } from './entities.js';
import { LIMITS } from './limits.js';
import { LinkChange } from './links.js';

const wrong = [
  '',
  ' ',
  1,
  'x'.repeat(LIMITS.nameLengthMax + 1),
  'a\nb',
  'a\u0000',
  // No UTF-8 holds it: PostgreSQL would get another name than was sent.
  'half \ud83d',
];

it.each(Object.entries({ AdChange, AdvertiserChange, CampaignChange, ConversionActionChange, LinkChange }))(
  '%s: a name is text on one line that the ledger can hold, or none',
  (_, Change) => {
    for (const name of ['x'.repeat(LIMITS.nameLengthMax), ' Fünf 👍 ', null])
      expect(Change.parse({ name }).name).toBe(name?.trim() ?? null);
    for (const name of wrong) expect(Change.safeParse({ name }).success, JSON.stringify(name)).toBe(false);
  },
);
