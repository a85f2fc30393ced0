import { PageHeader } from '../../ui/PageHeader.js';
import { GeneratorPanel } from './generator/GeneratorPanel.js';

/** Sends test traffic through the public API. */
export function TestClicksPage() {
  return (
    <>
      <PageHeader title="Test clicks" />
      <GeneratorPanel />
    </>
  );
}
