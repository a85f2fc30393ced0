import { LINK_MACROS, type LinkMacro, MACRO } from '@clickledger/contract';
import { parametersOf } from './parameters.js';

const MACROS: ReadonlySet<string> = new Set(LINK_MACROS);

/** Characters that a header can't hold, or that no URL has as they are. */
const encodeText = (text: string): string =>
  text.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));

/** The host in ASCII, as `URL` writes it. */
function asAscii(url: string): string {
  const { protocol, host } = new URL(url.replaceAll(MACRO, 'x'));
  return `${protocol}//${host}${encodeText(url.replace(/^[^/]+\/\/[^/?#]*/, ''))}`;
}

/**
 * A destination, read once: its text between the macros, so that a redirect only joins pieces. What is put in is percent-encoded, so
 * that no value gets out of its place in the URL.
 */
export class Destination {
  /** Text and macro by turns, beginning and ending with a text. */
  readonly #pieces: readonly string[];
  readonly #fragment: readonly string[];
  readonly #separator: '?' | '&' | '';
  /** Parameters that it has itself. */
  readonly #names: ReadonlySet<string>;

  /** @param url as `whyNoDestination` of the contract takes it */
  constructor(url: string) {
    const [before = '', ...behind] = asAscii(url).split('#');
    const fragment = behind.length > 0 ? `#${behind.join('%23')}` : '';
    const query = before.indexOf('?');
    this.#pieces = before.split(MACRO);
    this.#fragment = fragment.split(MACRO);
    this.#separator = query < 0 ? '?' : /[?&]$/.test(before) ? '' : '&';
    this.#names = new Set(query < 0 ? [] : parametersOf(before.slice(query + 1)).map(([name]) => name));
  }

  /** Whether a parameter of this name stands in it: what a link brings does not replace it. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /**
   * @param macroValue of a macro, percent-encoded
   * @param appended pairs for the query string, joined by `&`; empty: none
   */
  write(macroValue: (macro: LinkMacro) => string, appended: string): string {
    const more = appended === '' ? '' : this.#separator + appended;
    return join(this.#pieces, macroValue) + more + join(this.#fragment, macroValue);
  }
}

function join(pieces: readonly string[], macroValue: (macro: LinkMacro) => string): string {
  let text = pieces[0] ?? '';
  for (let i = 1; i < pieces.length; i += 2) {
    const macro = pieces[i] as string;
    text += (MACROS.has(macro) ? macroValue(macro as LinkMacro) : '') + (pieces[i + 1] ?? '');
  }
  return text;
}
