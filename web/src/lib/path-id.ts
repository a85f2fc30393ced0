/** Marks an id that browsers would take for a step of the path. */
const MARK = '~';

/**
 * An id as a part of a page's address. Browsers take `.` and `..` out of a path, encoded or not, and the page of all clicks would
 * stand under the id's name: such an id, and one that begins with the mark, has the mark before it.
 */
export const pathOfId = (id: string): string => (/^(\.{1,2}$|~)/.test(id) ? `${MARK}${id}` : id);

/** The id of a part of an address. */
export const idOfPath = (part: string): string => (part.startsWith(MARK) ? part.slice(MARK.length) : part);

/** Route options for parameters that are ids. */
export const idParams = <Name extends string>(...names: readonly Name[]) => {
  const each = (change: (text: string) => string) => (params: Record<Name, string>) =>
    Object.fromEntries(names.map((name) => [name, change(params[name])])) as Record<Name, string>;
  return { parse: each(idOfPath), stringify: each(pathOfId) };
};
