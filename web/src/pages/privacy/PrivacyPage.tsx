import { PageHeader } from '../../ui/PageHeader.js';
import { Decisions } from './Decisions.js';
import { OneUser } from './OneUser.js';

/** What is stored of people, for how long, and what is held of one of them. */
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
