import { FAMILIES, type Family } from './traffic.js';

/** A click's label beside what the system said in the end. */
export interface Judged {
  family: Family;
  isFlagged: boolean;
  /** Every rule that fired, in shadow mode too. */
  rules: readonly string[];
  /** The rule that decided; null when clean. */
  decidedBy: string | null;
}

export interface Matrix {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/** Share of what was flagged that is invalid; null when nothing was. */
export const precision = ({ truePositives: tp, falsePositives: fp }: Matrix): number | null =>
  tp + fp === 0 ? null : tp / (tp + fp);
/** Share of what is invalid that was flagged. */
export const recall = ({ truePositives: tp, falseNegatives: fn }: Matrix): number | null =>
  tp + fn === 0 ? null : tp / (tp + fn);
/** Share of clean clicks that were flagged. */
export const falsePositiveRate = ({ falsePositives: fp, trueNegatives: tn }: Matrix): number | null =>
  fp + tn === 0 ? null : fp / (fp + tn);

export const isInvalid = (family: Family): boolean => family !== 'organic';

/** Counts by label and verdict; `says` is the verdict to be judged: all of the system, or one rule. */
export function matrixOf(judged: readonly Judged[], says: (one: Judged) => boolean): Matrix {
  const matrix: Matrix = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  for (const one of judged) {
    const flagged = says(one);
    if (isInvalid(one.family)) matrix[flagged ? 'truePositives' : 'falseNegatives']++;
    else matrix[flagged ? 'falsePositives' : 'trueNegatives']++;
  }
  return matrix;
}

export interface Score {
  clicks: number;
  all: Matrix;
  byRule: Record<string, Matrix>;
  /** Clicks and those flagged, by who made them. */
  byFamily: Partial<Record<Family, { clicks: number; flagged: number }>>;
  /** What is billed against what should be, as a share of what should be. */
  billedError: { tooMuch: number; tooLittle: number };
}

export function score(judged: readonly Judged[]): Score {
  const rules = new Set(judged.flatMap((one) => one.rules));
  const all = matrixOf(judged, (one) => one.isFlagged);
  const valid = all.falsePositives + all.trueNegatives;
  const byFamily: Score['byFamily'] = {};
  for (const family of FAMILIES) {
    const of = judged.filter((one) => one.family === family);
    if (of.length > 0)
      byFamily[family] = { clicks: of.length, flagged: of.filter((one) => one.isFlagged).length };
  }
  return {
    clicks: judged.length,
    all,
    byRule: Object.fromEntries(
      [...rules].sort().map((rule) => [rule, matrixOf(judged, (one) => one.rules.includes(rule))]),
    ),
    byFamily,
    billedError: { tooMuch: all.falseNegatives / valid, tooLittle: all.falsePositives / valid },
  };
}
