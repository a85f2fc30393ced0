import { useStats, useSummary } from './api/queries.js';
import { Breakdowns } from './components/Breakdowns.js';
import { CampaignTable } from './components/CampaignTable.js';
import { EmptyState } from './components/EmptyState.js';
import { Header } from './components/Header.js';
import { Kpis } from './components/Kpis.js';
import { ProtectedNotice } from './components/ProtectedNotice.js';
import { TimeSeries } from './components/TimeSeries.js';
import { Toolbar } from './components/Toolbar.js';
import { GeneratorPanel } from './generator/GeneratorPanel.js';
import { useGenerator } from './generator/store.js';
import { useView } from './state/view.js';

/** The dashboard: one page. */
export function App() {
  const generatorOpen = useGenerator((generator) => generator.open);
  return (
    <div className="mx-auto flex min-h-screen max-w-7xl flex-col gap-4 px-4 pb-10 sm:px-6">
      <Header />
      <ProtectedNotice />
      {generatorOpen && <GeneratorPanel />}
      <main className="flex flex-col gap-4">
        <h1 className="sr-only">Clicks</h1>
        <Toolbar />
        <Kpis />
        <Details />
      </main>
    </div>
  );
}

/** Chart and tables; or, when there is nothing to draw, what to do about it. */
function Details() {
  const summary = useSummary();
  const stats = useStats();
  const filtered = useView((view) => Object.keys(view.filters).length > 0);
  const empty = summary.data && !summary.isPlaceholderData && summary.data.answer.current.clicks === 0;
  if (empty) {
    if (filtered) return <EmptyState kind="filters" />;
    if (stats.isPending) return null;
    return <EmptyState kind={stats.data?.ledger.clicks === 0 ? 'first-start' : 'range'} />;
  }
  return (
    <>
      <TimeSeries />
      <div className="grid gap-4 lg:grid-cols-3">
        <div className="min-w-0 lg:col-span-2">
          <CampaignTable />
        </div>
        <Breakdowns />
      </div>
    </>
  );
}
