import type { FilterName } from './filters.js';

const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

/** The English name of an ISO 3166-1 alpha-2 code; "Unknown" for an empty one. */
export function countryName(code: string): string {
  if (code === '') return 'Unknown';
  try {
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}

/** A value of a dimension as people read it. */
export function valueLabel(dimension: FilterName, value: string): string {
  if (value === '') return 'Unknown';
  if (dimension === 'country') return countryName(value);
  if (dimension === 'device_type') return value.charAt(0).toUpperCase() + value.slice(1);
  return value;
}
