import { PageHeader } from '../../ui/PageHeader.js';
import { Decisions } from './Decisions.js';
import { OneUser } from './OneUser.js';

/** Retention of personal data, and requests about one user. */
export function PrivacyPage() {
  return (
    <>
      <PageHeader title="Privacy" />
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <Decisions />
        <OneUser />
      </div>
    </>
  );
}
