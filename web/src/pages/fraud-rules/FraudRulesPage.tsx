import { Link } from '@tanstack/react-router';
import { keepView } from '../../state/search.js';
import { useView } from '../../state/view.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Skeleton } from '../../ui/Skeleton.js';
import { Alerts } from './Alerts.js';
import { Findings } from './Findings.js';
import { History } from './History.js';
import { Lists } from './Lists.js';
import { useRules } from './queries.js';
import { RulesEditor } from './RulesEditor.js';
import { UnknownCampaigns } from './UnknownCampaigns.js';

/** Rules, lists, and alerts. */
export function FraudRulesPage() {
  const { zone } = useView();
  const rules = useRules();
  return (
    <>
      <PageHeader
        title="Fraud rules"
        above={
          <Link
            to="/fraud"
            search={keepView}
            className="inline-block py-0.5 text-sm text-muted hover:underline"
          >
            Fraud
          </Link>
        }
      />
      <div className="space-y-4">
        {rules.isError && (
          <div className="card px-4">
            <ErrorNote error={rules.error} what="Rules" retry={() => void rules.refetch()} />
          </div>
        )}
        {rules.isPending && (
          <div role="status" aria-label="Loading">
            <Skeleton className="h-96" />
          </div>
        )}
        {rules.data && <RulesEditor inForce={rules.data} />}
        {/* Not before what stands above: the editor is taller than any skeleton, and would push a button away under the pointer. */}
        {!rules.isPending && (
          <>
            <div className="grid items-start gap-4 xl:grid-cols-2">
              <div className="space-y-4">
                <Lists zone={zone} />
                <UnknownCampaigns />
              </div>
              <Alerts zone={zone} />
            </div>
            <div className="grid items-start gap-4 lg:grid-cols-2">
              <History zone={zone} />
              <Findings zone={zone} />
            </div>
          </>
        )}
      </div>
    </>
  );
}
