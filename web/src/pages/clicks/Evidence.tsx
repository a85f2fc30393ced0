import type { ClickStory } from '@clickledger/contract';
import { formatCount, formatSeconds } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';

type Values = ClickStory['rules'][number]['evidence'];

/** "132 clicks within 60 s, where 100 are allowed"; null for a rule that did not count. */
function countOf({ count, count_max: countMax, window_ms: windowMs }: Values): string | null {
  if (typeof count !== 'number' || typeof countMax !== 'number' || typeof windowMs !== 'number') return null;
  return `${formatCount(count)} clicks within ${formatSeconds(windowMs / 1_000)}, where ${formatCount(countMax)} are allowed`;
}

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
          {decided ? ' · decided' : in_shadow ? ' · in shadow: flags nothing' : ' · fired too'}
        </span>
      </p>
      {counted && <p data-testid="evidence-count">{counted}</p>}
      {others.map(([name, value]) => (
        <p key={name}>
          <span className="text-muted">{ruleLabel(name)}:</span> {String(value)}
        </p>
      ))}
    </div>
  );
}
