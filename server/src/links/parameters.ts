/** A query parameter, decoded. */
export type Parameter = readonly [name: string, value: string];

/** Parameters beyond these are not read: nobody's link has so many. */
const PARAMETERS_MAX = 100;
const NONE: readonly Parameter[] = [];

function decoded(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    // No UTF-8, as some platforms send it: whoever follows the link arrives all the same.
    return spaced;
  }
}

/** The parameters of a query string (without the question mark), in their order. What can't be decoded is given as it was sent. */
export function parametersOf(query: string): readonly Parameter[] {
  if (query === '') return NONE;
  const parameters: Parameter[] = [];
  for (const pair of query.split('&', PARAMETERS_MAX)) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    parameters.push(at < 0 ? [decoded(pair), ''] : [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))]);
  }
  return parameters;
}

/** The value of the first parameter of this name; null without one. */
export const firstValue = (parameters: readonly Parameter[], name: string): string | null =>
  parameters.find(([one]) => one === name)?.[1] ?? null;

/** A value for a URL. A segment of dots alone would change the path that it stands in: then there is none. */
export const encoded = (value: string): string =>
  value === '.' || value === '..' ? '' : encodeURIComponent(value);

/** A parameter as a query string has it. */
export const pairOf = (name: string, value: string): string => `${encoded(name)}=${encoded(value)}`;
