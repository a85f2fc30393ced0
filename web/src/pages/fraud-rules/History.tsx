import { DEFAULT_RULE_SETTINGS, type RuleSettings } from '@clickledger/contract';
import { useState } from 'react';
import { useMay } from '../../app/may.js';
import { datesOf } from '../../lib/dates.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { Changes } from '../audit/Changes.js';
import { useRules, useRuleVersions } from './queries.js';
import { RestoreDialog } from './RestoreDialog.js';
import { settingChanges } from './rule-fields.js';

const SHOWN = 20;

/** Rules as they were, which can be put in force again. */
export interface RulesThen {
  label: string;
  settings: RuleSettings;
}

/** Every version of the rules with what it changed; each can be restored. */
export function History({ zone }: { zone: string }) {
  const versions = useRuleVersions();
  const inForce = useRules().data;
  const mayRestore = useMay('PUT /api/v1/fraud/rules');
  const [chosen, setChosen] = useState<RulesThen | null>(null);
  const dates = datesOf(zone);
  const list = versions.data?.data ?? [];
  const restore = (then: RulesThen) =>
    mayRestore &&
    inForce &&
    settingChanges(inForce.settings, then.settings).length > 0 && (
      <Button size="small" onClick={() => setChosen(then)} aria-label={`Restore ${then.label}`}>
        Restore…
      </Button>
    );
  return (
    <Panel title="Versions" testId="rule-versions">
      {versions.isError && (
        <ErrorNote error={versions.error} what="Versions" retry={() => void versions.refetch()} />
      )}
      {versions.isPending && <SkeletonRows count={2} />}
      <ul className="divide-y divide-line text-sm">
        {list.slice(0, SHOWN).map((version, i) => {
          const label = `Version ${version.version}`;
          // Before the first one were the defaults; before the oldest of a cut list is not known.
          const before = list[i + 1]?.settings ?? (version.version === 1 ? DEFAULT_RULE_SETTINGS : null);
          return (
            <li key={version.version} className="flex gap-3 py-2" data-version={version.version}>
              <div className="mr-auto min-w-0">
                <p>
                  <span className="font-medium">{label}</span>
                  {version.version === inForce?.version && (
                    <span className="ml-2 text-xs text-good">Active</span>
                  )}
                </p>
                <p className="text-xs text-muted">
                  {dates.minute(Date.parse(version.created_at))} · {version.created_by}
                  {version.note && ` · ${version.note}`}
                </p>
                {before && <Changes changes={settingChanges(before, version.settings)} />}
              </div>
              {restore({ label, settings: version.settings })}
            </li>
          );
        })}
        {versions.data && (
          <li className="flex gap-3 py-2" data-version="0">
            <p className="mr-auto">
              <span className="font-medium">Default rules</span>
              {inForce?.version === 0 && <span className="ml-2 text-xs text-good">Active</span>}
            </p>
            {restore({ label: 'the default rules', settings: DEFAULT_RULE_SETTINGS })}
          </li>
        )}
      </ul>
      {inForce && chosen && (
        <RestoreDialog inForce={inForce.settings} then={chosen} onClose={() => setChosen(null)} />
      )}
    </Panel>
  );
}
