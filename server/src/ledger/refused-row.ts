/**
 * Whether PostgreSQL refuses a statement for a row in it, and would again: data exceptions (class 22) and broken constraints (class 23)
 * of appendix A of its manual. A missing partition is of class 23 too, but no row's fault: it names no constraint.
 */
export function isRefusedRow(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error)) return false;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (typeof code !== 'string') return false;
  return code.startsWith('22') || (code.startsWith('23') && (code !== '23514' || constraint !== undefined));
}
