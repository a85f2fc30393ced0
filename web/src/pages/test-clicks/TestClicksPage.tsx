import { PageHeader } from '../../ui/PageHeader.js';
import { GeneratorPanel } from './generator/GeneratorPanel.js';

/** Sends made-up clicks through the public API, to see the system work. */
export function TestClicksPage() {
  return (
    <>
      <PageHeader title="Test clicks" />
      <GeneratorPanel />
    </>
  );
}
