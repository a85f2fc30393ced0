import type { RunReport } from './run.js';

/** Of several runs, as Markdown: what was done to the system, how often, and what was found. */
export function toMarkdown(reports: readonly RunReport[]): string {
  return `${reports.map(one).join('\n\n')}\n`;
}

function one(report: RunReport): string {
  const { clicks, faults, findings } = report;
  const total = faults.reduce((sum, { count }) => sum + count, 0);
  const targets = new Map<string, { target: string; count: number }[]>();
  for (const { kind, target, count } of faults)
    targets.set(kind, [...(targets.get(kind) ?? []), { target, count }]);
  return [
    `## ${report.topology === 'embedded' ? 'One process, embedded stores' : 'Servers: two ingest nodes, two relays'}`,
    '',
    `Seed ${report.seed}, ${report.seconds} s, ${total} faults. ${report.requests} requests with ${clicks.sent} clicks; ` +
      `${clicks.acknowledged} acknowledged, ${clicks.stored} stored, ${clicks.flagged} flagged.`,
    `Attempts: ${Object.entries(report.attempts)
      .map(([outcome, count]) => `${outcome} ${count}`)
      .join(', ')}.`,
    '',
    '| fault | times | of which to |',
    '| --- | ---: | --- |',
    ...[...targets].map(
      ([kind, list]) =>
        `| ${kind} | ${list.reduce((sum, { count }) => sum + count, 0)} | ${list.map(({ target, count }) => `${target} ${count}`).join(', ')} |`,
    ),
    ...(report.notRun.length > 0 ? ['', ...report.notRun.map((text) => `Not run: ${text}`)] : []),
    '',
    findings.length === 0
      ? '**Findings: none.**'
      : `**Findings: ${findings.length} kinds.**\n${findings.map((line) => `- ${line}`).join('\n')}`,
  ].join('\n');
}
