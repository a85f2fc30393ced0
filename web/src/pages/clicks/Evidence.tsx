import type { ClickStory } from '@clickledger/contract';
import { formatCount, formatSeconds } from '../../lib/format.js';
import { countryName, ruleLabel } from '../../lib/labels.js';

type Values = ClickStory['rules'][number]['evidence'];

/** "132 clicks in 60 s (limit 100)"; null for a rule that did not count. */
function countOf({ count, count_max: countMax, window_ms: windowMs }: Values): string | null {
  if (typeof count !== 'number' || typeof countMax !== 'number' || typeof windowMs !== 'number') return null;
  const window = formatSeconds(windowMs / 1_000).replace('.0 ', ' ');
  return `${formatCount(count)} clicks in ${window} (limit ${formatCount(countMax)})`;
}

/** A value that a rule saw, as people read it: countries by name. */
const shownValue = (name: string, value: Values[string]): string =>
  /country/.test(name) && typeof value === 'string' ? countryName(value) : String(value);

/** What a rule saw in a click, and whether it decided. */
export function Evidence({ rule, decided, in_shadow, evidence }: ClickStory['rules'][number]) {
  const counted = countOf(evidence);
  const others = Object.entries(evidence).filter(
    ([name]) => counted === null || !['count', 'count_max', 'window_ms'].includes(name),
  );
  return (
    <div className="rounded-lg bg-sunken px-3 py-2" data-rule={rule}>
      <p>
        <span className="font-medium">{ruleLabel(rule)}</span>
        <span className="text-muted">
          {decided ? ' · primary reason' : in_shadow ? ' · shadow mode, not flagged' : ' · also matched'}
        </span>
      </p>
      {counted && <p data-testid="evidence-count">{counted}</p>}
      {others.map(([name, value]) => (
        <p key={name}>
          <span className="text-muted">{ruleLabel(name)}:</span> {shownValue(name, value)}
        </p>
      ))}
    </div>
  );
}
