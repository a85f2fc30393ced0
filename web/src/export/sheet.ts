import { PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from 'pdf-lib';
import type { Shape } from './drawing.js';
import { hasMissingGlyph, shorten } from './text-fit.js';

/** A4, in points. */
const PAGE = { width: 595, height: 842 };
export const MARGIN = 44;
export const CONTENT_WIDTH = PAGE.width - 2 * MARGIN;
/** How much finer than the page a text is drawn that has to be a picture. */
const PICTURE_SCALE = 4;

/** What the standard fonts lack and can be said otherwise: minus signs, narrow spaces, "about". */
const plain = (text: string): string =>
  text
    .replaceAll('\u2212', '-')
    .replaceAll(/[\u202f\u2009]/g, '\u00a0')
    .replaceAll(/\s*\u2248/g, ' (approx.)');

const color = (hex: string) => {
  const part = (from: number) => Number.parseInt(hex.slice(from, from + 2), 16) / 255;
  return rgb(part(1), part(3), part(5));
};

/** At the foot of a document that has such boxes. */
const MISSING_LETTERS =
  'Boxes stand for characters that the fonts of the computer that created this document do not have.';

export interface TextStyle {
  size?: number;
  color?: string;
  bold?: boolean;
  anchor?: 'start' | 'middle' | 'end';
  /** Cut, with an ellipsis, to fit this width in points. */
  widthMax?: number;
}

/** Pages to write on from the top left, with a new one when the last is full. */
export class Sheet {
  #page: PDFPage;
  readonly #regularChars: Set<number>;
  #missing = false;
  /** Where the next thing goes, in points from the top. */
  y = MARGIN;

  private constructor(
    readonly document: PDFDocument,
    private readonly regular: PDFFont,
    private readonly bold: PDFFont,
  ) {
    this.#page = document.addPage([PAGE.width, PAGE.height]);
    this.#regularChars = new Set(regular.getCharacterSet());
  }

  static async open(title: string): Promise<Sheet> {
    const document = await PDFDocument.create();
    document.setTitle(title);
    document.setProducer('ClickLedger');
    document.setCreator('ClickLedger');
    const regular = await document.embedFont(StandardFonts.Helvetica);
    return new Sheet(document, regular, await document.embedFont(StandardFonts.HelveticaBold));
  }

  /** Begins a new page unless this much still fits; true when it did. */
  need(height: number): boolean {
    if (this.y + height <= PAGE.height - MARGIN) return false;
    this.#page = this.document.addPage([PAGE.width, PAGE.height]);
    this.y = MARGIN;
    return true;
  }

  /** One line of text with its base line at `y`. */
  async text(x: number, y: number, given: string, style: TextStyle = {}): Promise<void> {
    const { size = 9, anchor = 'start', color: hex = '#131a24', widthMax } = style;
    const font = style.bold ? this.bold : this.regular;
    let text = plain(given);
    if ([...text].some((char) => !this.#regularChars.has(char.codePointAt(0) ?? 0)))
      return this.#picture(x, y, text, style);
    const widthOf = (one: string) => font.widthOfTextAtSize(one, size);
    if (widthMax !== undefined) text = shorten(text, widthMax, widthOf);
    const shift = { start: 0, middle: widthOf(text) / 2, end: widthOf(text) }[anchor];
    this.#page.drawText(text, { x: x - shift, y: PAGE.height - y, size, font, color: color(hex) });
  }

  /** A text in a script that the standard fonts do not have: as a picture, drawn with the fonts of this machine. */
  async #picture(x: number, y: number, text: string, style: TextStyle): Promise<void> {
    const { size = 9, anchor = 'start', color: hex = '#131a24', widthMax = CONTENT_WIDTH } = style;
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    if (!context) return;
    const font = `${style.bold ? 'bold ' : ''}${size * PICTURE_SCALE}px system-ui, sans-serif`;
    context.font = font;
    const widthOf = (one: string) => context.measureText(one).width / PICTURE_SCALE;
    const short = shorten(text, widthMax, widthOf);
    if (hasMissingGlyph(short)) this.#missing = true;
    const width = Math.min(widthOf(short), widthMax);
    const height = size * 1.5;
    canvas.width = Math.ceil(width * PICTURE_SCALE);
    canvas.height = Math.ceil(height * PICTURE_SCALE);
    context.font = font;
    context.fillStyle = hex;
    // What is written from right to left begins at the right edge of its place.
    context.textAlign = 'left';
    context.fillText(short, 0, size * 1.1 * PICTURE_SCALE);
    const picture = await this.document.embedPng(canvas.toDataURL('image/png'));
    const shift = { start: 0, middle: width / 2, end: width }[anchor];
    this.#page.drawImage(picture, { x: x - shift, y: PAGE.height - y - size * 0.4, width, height });
  }

  /** Shapes, with their own top left at this place. */
  async shapes(left: number, top: number, shapes: readonly Shape[]): Promise<void> {
    for (const shape of shapes) {
      if (shape.kind === 'text') {
        await this.text(left + shape.x, top + shape.y, shape.text, shape);
        continue;
      }
      const [first, ...rest] = shape.points;
      if (!first) continue;
      const path = `M${first.join(',')} ${rest.map((point) => `L${point.join(',')}`).join(' ')}`;
      this.#page.drawSvgPath(path, {
        x: left,
        y: PAGE.height - top,
        borderColor: color(shape.color),
        borderWidth: shape.width,
        ...(shape.dash ? { borderDashArray: shape.dash } : {}),
      });
    }
  }

  /** A thin line across the page at `y`. */
  rule(y: number): void {
    const at = PAGE.height - y;
    this.#page.drawLine({
      start: { x: MARGIN, y: at },
      end: { x: PAGE.width - MARGIN, y: at },
      thickness: 0.75,
      color: color('#e4e8ee'),
    });
  }

  /**
   * Ends every page, once all of them are there: with a line of its own, and with one about letters that no font of this
   * machine has, where there are any. Only what the standard fonts have.
   */
  foot(write: (page: number, pages: number) => string = () => ''): void {
    const pages = this.document.getPages();
    const style = { x: MARGIN, size: 8, font: this.regular, color: color('#566072') };
    for (const [index, page] of pages.entries()) {
      page.drawText(plain(write(index + 1, pages.length)), { ...style, y: MARGIN / 2 });
      if (this.#missing) page.drawText(MISSING_LETTERS, { ...style, y: MARGIN / 2 + 11 });
    }
  }

  save(): Promise<Uint8Array> {
    return this.document.save();
  }
}
