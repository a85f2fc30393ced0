import { DEFAULT_RULE_SETTINGS, RULES, type RuleSettings } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { useSwitchTestData } from '../../../api/test-data.js';
import { formatCount } from '../../../lib/format.js';
import { ruleLabel } from '../../../lib/labels.js';
import { ScrollArea } from '../../../ui/ScrollArea.js';
import type { BurstCount } from './burst-count.js';
import { type BurstPlan, burstCampaign, flagsAlone } from './bursts.js';
import { useGenerator } from './store.js';

/** Of each burst: what was expected, and what the rule did. */
export function BurstResult() {
  const { phase, bursts, burstCounts, rules } = useGenerator();
  if (phase === 'idle' || bursts.length === 0) return null;
  const settings = rules ?? DEFAULT_RULE_SETTINGS;
  return (
    <section
      className="card mt-4 p-4 text-sm sm:p-5"
      aria-label="Bursts"
      data-testid="burst-result"
      data-counted={Object.keys(burstCounts).length}
    >
      <h2 className="mb-2 text-sm font-semibold">Triggered rules</h2>
      <ScrollArea label="Triggered rules">
        <table className="w-full">
          <thead className="text-xs text-muted">
            <tr className="border-b border-line text-right *:px-2 *:pb-1.5 *:font-medium">
              <th scope="col" className="text-left">
                Rule
              </th>
              <th scope="col" className="max-sm:hidden">
                Sent
              </th>
              <th scope="col">Expected</th>
              <th scope="col">Matched</th>
              <th scope="col">Flagged</th>
              <th scope="col" className="text-left max-lg:hidden">
                <span className="sr-only">Why</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {bursts.map((burst) => (
              <Row key={burst.rule} burst={burst} count={burstCounts[burst.rule]} settings={settings} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </section>
  );
}

interface RowProps {
  burst: BurstPlan;
  count: BurstCount | undefined;
  settings: RuleSettings;
}

function Row({ burst, count, settings }: RowProps) {
  const { rule, firesMin, clicks } = burst;
  const switchTo = useSwitchTestData();
  const met = count !== undefined && count.fired >= firesMin;
  const note = noteOn(burst, met, count, settings);
  return (
    <tr
      className="border-b border-line text-right last:border-0 *:h-10 *:px-2"
      data-rule={rule}
      data-met={count ? met : undefined}
      data-fired={count?.fired}
      data-flagged={count?.flagged}
    >
      <th scope="row" className="text-left font-normal">
        <Link
          to="/clicks"
          search={{ campaign_id: burstCampaign(rule), range: '1h' } as never}
          className="hover:underline"
          onClick={() => switchTo(true)}
        >
          {ruleLabel(rule)}
        </Link>
        {note && <span className="block text-xs text-muted lg:hidden">{note}</span>}
      </th>
      <td className="max-sm:hidden">{formatCount(clicks.length)}</td>
      <td>{firesMin === 0 ? '0' : `≥ ${formatCount(firesMin)}`}</td>
      <td className={count ? (met ? 'font-medium text-good' : 'font-medium text-warn') : 'text-muted'}>
        {count ? formatCount(count.fired) : '–'}
      </td>
      <td>{count ? formatCount(count.flagged) : '–'}</td>
      <td className="text-left text-xs text-muted max-lg:hidden">{note}</td>
    </tr>
  );
}

const NEEDS = {
  nothing: '',
  trusted: 'The server doesn’t accept X-Forwarded-For from this browser (TRUSTED_PROXIES).',
  'trusted and ranges':
    'The IP is not in DATACENTER_RANGES, or the server doesn’t accept X-Forwarded-For (TRUSTED_PROXIES).',
} as const;

function noteOn(
  { rule, needs }: BurstPlan,
  met: boolean,
  count: BurstCount | undefined,
  settings: RuleSettings,
): string {
  const { state } = settings[rule];
  const others = (count?.byOthers ?? []).map(
    ([name, clicks]) => `${ruleLabel(name)}: ${formatCount(clicks)}`,
  );
  if (state === 'off') return 'This rule is off.';
  // Why it matched too few comes first: that others flagged its clicks explains nothing.
  if (count && !met && needs !== 'nothing') return NEEDS[needs];
  if (others.length > 0) return `Also flagged by ${others.join(', ')}.`;
  if (state === 'shadow') return 'In shadow: counted, not flagged.';
  if (flagsAlone(rule, settings)) return '';
  return `Weak: flags only with a rule of another kind than ${RULES[rule].kind}.`;
}
