import { PageHeader } from '../../ui/PageHeader.js';
import { DeleteTestData } from './DeleteTestData.js';
import { GeneratorPanel } from './generator/GeneratorPanel.js';
import { useGenerator } from './generator/store.js';

/** Sends test traffic through the public API. */
export function TestClicksPage() {
  const isRunning = useGenerator(({ phase }) => phase === 'running' || phase === 'stopping');
  return (
    <>
      <PageHeader title="Test clicks">
        <DeleteTestData disabled={isRunning} />
      </PageHeader>
      <GeneratorPanel />
    </>
  );
}
