import { messageOf } from '@clickledger/server/lib/log.js';
import type { Role } from './figures.js';
import type { StageResults } from './results.js';
import type { PairOptions, PairStage, Subject } from './stage.js';

const ROLES: Role[] = ['before', 'after', 'floor'];

const short = (_: string, value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(4)) : value;

/**
 * One stage of both builds and the floor in turn, each round in the other order. What fails is named, and the rest goes on.
 *
 * @param keep called after each measurement: a run that is stopped later loses nothing
 * @returns what failed
 */
export async function inTurn(
  name: string,
  stage: PairStage,
  subjects: Partial<Record<Role, Subject>>,
  options: PairOptions,
  keep: (results: StageResults) => void,
): Promise<string[]> {
  const results: StageResults = { measuredAt: '', rounds: [], failures: [], details: [] };
  const rounds = stage.isLong ? options.longRounds : options.rounds;
  for (let i = 0; i < rounds; i++) {
    const round: StageResults['rounds'][number] = {};
    results.rounds.push(round);
    for (const role of i % 2 === 0 ? ROLES : ROLES.toReversed()) {
      const subject = subjects[role];
      const measuring = subject ? stage.measure(subject, options) : stage.measureFloor?.(options);
      const title = `${name}, round ${i + 1}, ${subject?.name ?? role}`;
      try {
        const measured = await measuring;
        if (!measured) continue;
        round[role] = measured.figures;
        if (measured.details !== undefined)
          results.details.push({ role, round: i + 1, details: measured.details });
        console.log(`${title}: ${JSON.stringify(measured.figures, short)}`);
      } catch (error) {
        const failure = `${title}: ${messageOf(error)}`;
        results.failures.push(failure);
        console.error(failure);
      }
      results.measuredAt = new Date().toISOString();
      keep(results);
    }
  }
  return results.failures;
}
