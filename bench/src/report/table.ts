import type { Measurement } from '../measure.js';

const ms = (value: number) =>
  Number.isFinite(value) ? (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en')) : '–';
const count = (value: number) => Math.round(value).toLocaleString('en');

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** One row a system and stage, each figure the median over the rounds. */
export function latencyTable(measurements: readonly Measurement[]): string {
  return table(
    [
      ...[
        'stage',
        'system',
        'offered/s',
        'accepted/s',
        'p50 ms',
        'p90 ms',
        'p99 ms',
        'p99.9 ms',
        '503',
        'errors',
      ],
      ...['server', 'PostgreSQL', 'ClickHouse', 'Redis', 'load', 'memory MB'],
    ],
    measurements.map(({ stage, system, rate, rounds }) => {
      const of = (pick: (round: Measurement['rounds'][number]) => number) => median(rounds.map(pick));
      const cpu = (part: 'server' | 'postgres' | 'clickhouse' | 'redis' | 'load') =>
        rounds.some((round) => round.cpuPerMillion[part])
          ? of((r) => r.cpuPerMillion[part] ?? 0).toFixed(0)
          : '–';
      const memory = (round: Measurement['rounds'][number]) =>
        Object.values(round.memoryMb).reduce((sum, mb) => sum + mb, 0);
      const errors = (round: Measurement['rounds'][number]) =>
        Object.entries(round.load.statuses)
          .filter(([status]) => !['200', '202', '503'].includes(status))
          .reduce((sum, [, n]) => sum + n, round.load.unsent);
      return [
        ...[stage, system, count(rate), count(of((r) => r.load.acceptedPerSecond))],
        ...[
          ms(of((r) => r.load.p50)),
          ms(of((r) => r.load.p90)),
          ms(of((r) => r.load.p99)),
          ms(of((r) => r.load.p999)),
        ],
        ...[count(of((r) => r.load.statuses[503] ?? 0)), count(of(errors))],
        ...[cpu('server'), cpu('postgres'), cpu('clickhouse'), cpu('redis'), cpu('load'), count(of(memory))],
      ];
    }),
  );
}

/** Ours against the baseline at the same stage: how many times lower the latency, how many times more accepted. */
export function ratioTable(measurements: readonly Measurement[], baseline: string): string {
  const rows = measurements.flatMap((one) => {
    const other = measurements.find((m) => m.system === baseline && m.stage === one.stage);
    if (!other || one.system === baseline) return [];
    const ratio = (pick: (round: Measurement['rounds'][number]) => number, invert = false) => {
      const ours = median(one.rounds.map(pick));
      const theirs = median(other.rounds.map(pick));
      const value = invert ? ours / theirs : theirs / ours;
      if (!Number.isFinite(value)) return '–';
      return `${value < 10 ? value.toFixed(1) : count(value)} ×`;
    };
    return [
      [
        ...[one.stage, one.system, ratio((r) => r.load.p50), ratio((r) => r.load.p99)],
        ratio((r) => r.load.acceptedPerSecond, true),
      ],
    ];
  });
  return table(['stage', 'system', 'p50 lower by', 'p99 lower by', 'accepted/s more by'], rows);
}
