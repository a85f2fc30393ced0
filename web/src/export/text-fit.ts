const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A text that is at most so wide: cut between letters as people see them, never within one, with an ellipsis.
 *
 * @param widthOf the width of a text, in the unit of `widthMax`
 */
export function shorten(text: string, widthMax: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= widthMax) return text;
  const letters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  // The most letters that fit: narrowed down, since every try measures a text.
  let fits = 0;
  let tooMany = letters.length;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (widthOf(`${letters.slice(0, middle).join('')}…`) <= widthMax) fits = middle;
    else tooMany = middle;
  }
  return `${letters.slice(0, Math.max(1, fits)).join('')}…`;
}

const SIZE_PX = 24;
/** A code point that no font has. */
const NO_LETTER = '\u{10fffd}';

/** What a text looks like, as the pixels of a small picture. */
function pixelsOf(text: string): string {
  const canvas = document.createElement('canvas');
  canvas.width = SIZE_PX * 2;
  canvas.height = SIZE_PX * 2;
  const context = canvas.getContext('2d');
  if (!context) return '';
  context.font = `${SIZE_PX}px system-ui, sans-serif`;
  context.fillText(text, 0, SIZE_PX * 1.5);
  return canvas.toDataURL();
}

let noLetter: string | undefined;
/** Whether the machine's fonts lack a letter of this text, and draw a box for it. */
export function hasMissingGlyph(text: string): boolean {
  noLetter ??= pixelsOf(NO_LETTER);
  return [...new Set(text)].some((letter) => letter.trim() !== '' && pixelsOf(letter) === noLetter);
}
