import type { BacktestInput, RuleSettings, RulesReply } from '@clickledger/contract';
import { useState } from 'react';
import { useMay } from '../../app/may.js';
import { useRange } from '../../state/range.js';
import { Button } from '../../ui/Button.js';
import { FormError } from '../../ui/FormError.js';
import { Panel } from '../../ui/Panel.js';
import { useFraudSummary } from '../fraud/fraud-queries.js';
import { BacktestResult } from './BacktestResult.js';
import { useBacktest, useSaveRules } from './queries.js';
import { RuleRow } from './RuleRow.js';
import { changedRules, type EditableRule, isLookBack } from './rule-fields.js';

const DAYS = [1, 7, 30];
const DAYS_DEFAULT = 30;

/** The rules with their numbers. A change is tried on the past, then saved as a new version. */
export function RulesEditor({ inForce }: { inForce: RulesReply }) {
  const [edits, setEdits] = useState<Partial<RuleSettings>>({});
  const [note, setNote] = useState('');
  const [days, setDays] = useState(DAYS_DEFAULT);
  const save = useSaveRules();
  const backtest = useBacktest();
  const summary = useFraudSummary(useRange(), []);
  const mayChange = useMay('PUT /api/v1/fraud/rules');

  const draft = { ...inForce.settings, ...edits };
  const changed = changedRules(inForce.settings, draft);
  const names = Object.keys(changed);
  const testable = Object.fromEntries(Object.entries(changed).filter(([rule]) => !isLookBack(rule)));
  const change = (rule: EditableRule, settings: RuleSettings[EditableRule]) => {
    setEdits({ ...edits, [rule]: settings });
    backtest.reset();
    save.reset();
  };
  const keep = () =>
    save.mutate(
      { ...changed, note },
      {
        onSuccess: () => {
          setEdits({});
          setNote('');
          backtest.reset();
        },
      },
    );
  const failure = save.error ?? backtest.error;
  const list = (back: boolean) =>
    inForce.rules
      .filter(({ rule }) => rule in inForce.settings && isLookBack(rule) === back)
      .map((facts) => {
        const rule = facts.rule as EditableRule;
        return (
          <RuleRow
            key={rule}
            facts={facts}
            settings={draft[rule]}
            isChanged={rule in changed}
            found={summary.data?.rules.find((one) => one.rule === rule)}
            onChange={mayChange ? (settings) => change(rule, settings) : undefined}
          />
        );
      });

  return (
    <>
      <Panel
        title="Real-time rules"
        testId="rules-editor"
        actions={<span className="text-xs text-muted">Version {inForce.version}</span>}
      >
        <p className="mb-1 max-w-prose text-sm text-muted">
          A strong rule flags a click alone. Weak rules flag it only when two of different kinds match. A rule
          in shadow is counted but flags nothing.
        </p>
        <ul className="divide-y divide-line">{list(false)}</ul>
      </Panel>
      <Panel title="Retrospective rules" testId="look-back-editor">
        <ul className="divide-y divide-line">{list(true)}</ul>
      </Panel>
      {names.length > 0 && (
        <section
          aria-label="Unsaved changes"
          data-testid="unsaved"
          className="card sticky bottom-4 z-10 space-y-3 border-accent p-4 shadow-lg"
        >
          <div className="flex flex-wrap items-center gap-2">
            <p className="mr-auto text-sm font-medium">
              {names.length} unsaved {names.length === 1 ? 'rule' : 'rules'}
            </p>
            {Object.keys(testable).length > 0 && (
              <>
                <label className="text-sm text-muted">
                  Last{' '}
                  <select
                    className="control"
                    aria-label="Back-test period"
                    value={days}
                    onChange={({ target }) => setDays(Number(target.value))}
                  >
                    {DAYS.map((value) => (
                      <option key={value} value={value}>
                        {value} {value === 1 ? 'day' : 'days'}
                      </option>
                    ))}
                  </select>
                </label>
                <Button
                  data-testid="backtest"
                  disabled={backtest.isPending}
                  onClick={() => backtest.mutate({ rules: testable as BacktestInput['rules'], days })}
                >
                  {backtest.isPending ? 'Testing…' : 'Back-test'}
                </Button>
              </>
            )}
            <input
              className="control w-48"
              aria-label="Reason"
              placeholder="Reason (optional)"
              maxLength={500}
              value={note}
              onChange={({ target }) => setNote(target.value)}
            />
            <Button kind="quiet" onClick={() => setEdits({})}>
              Discard
            </Button>
            <Button kind="primary" data-testid="save-rules" disabled={save.isPending} onClick={keep}>
              Save
            </Button>
          </div>
          <FormError error={failure} />
          {backtest.data && <BacktestResult reply={backtest.data} days={days} />}
        </section>
      )}
    </>
  );
}
