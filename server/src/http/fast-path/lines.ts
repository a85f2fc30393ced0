/** Fields of a reply as whole lines. */
export const linesOf = (fields: Readonly<Record<string, string>>): string => {
  let lines = '';
  for (const name in fields) lines += `${name}: ${fields[name]}\r\n`;
  return lines;
};
