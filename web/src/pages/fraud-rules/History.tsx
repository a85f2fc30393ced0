import { datesOf } from '../../lib/dates.js';
import { formatCount } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { useRules, useRuleVersions, useRuns } from './queries.js';
import { changedRules } from './rule-fields.js';

const SHOWN = 20;

/** Every version of the rules with what it changed, and what the rules that look back found. */
export function History({ zone }: { zone: string }) {
  const versions = useRuleVersions();
  const runs = useRuns();
  const rules = useRules();
  const dates = datesOf(zone);
  const list = versions.data?.data ?? [];
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Panel title="Versions" testId="rule-versions">
        {versions.isError && (
          <ErrorNote error={versions.error} what="Versions" retry={() => void versions.refetch()} />
        )}
        {versions.isPending && <SkeletonRows count={2} />}
        {versions.data && list.length === 0 && (
          <p className="py-6 text-center text-sm text-muted">The rules are as they came.</p>
        )}
        <ul className="divide-y divide-line text-sm">
          {list.slice(0, SHOWN).map((version, i) => {
            const before = list[i + 1]?.settings;
            const changed = before ? Object.keys(changedRules(before, version.settings)).map(ruleLabel) : [];
            return (
              <li key={version.version} className="py-2">
                <p>
                  <span className="font-medium">Version {version.version}</span>
                  {version.version === rules.data?.version && (
                    <span className="ml-2 text-xs text-good">in force</span>
                  )}
                  <span className="float-right text-xs text-muted">
                    {dates.minute(Date.parse(version.created_at))}
                  </span>
                </p>
                <p className="text-muted">
                  {[changed.join(', '), version.note, version.created_by].filter(Boolean).join(' · ')}
                </p>
              </li>
            );
          })}
        </ul>
      </Panel>
      <Panel title="Found when looking back" testId="runs">
        {runs.isError && (
          <ErrorNote error={runs.error} what="What was found" retry={() => void runs.refetch()} />
        )}
        {runs.isPending && <SkeletonRows count={2} />}
        {runs.data?.data.length === 0 && (
          <p className="py-6 text-center text-sm text-muted">Nothing was found afterwards yet.</p>
        )}
        <ul className="divide-y divide-line text-sm">
          {runs.data?.data.slice(0, SHOWN).map((run) => (
            <li key={`${run.ran_at}${run.rule}`} className="py-2">
              <p>
                <span className="font-medium">{ruleLabel(run.rule)}</span>
                <span className="float-right text-xs text-muted">{dates.minute(Date.parse(run.ran_at))}</span>
              </p>
              <p className="text-muted">
                named {formatCount(run.subjects)};{' '}
                {run.is_shadow
                  ? `${formatCount(run.clicks)} clicks, in shadow: nothing was changed`
                  : `${formatCount(run.adjusted)} clicks flagged`}
              </p>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
