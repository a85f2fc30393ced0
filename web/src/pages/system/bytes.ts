const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes as "1.2 GB", in powers of 1,000; null when they are not known. */
export function formatBytes(bytes: number | null): string | null {
  if (bytes === null) return null;
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1_000 ** power;
  return `${value.toLocaleString(undefined, { maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 })} ${UNITS[power]}`;
}
