/** Most examples of one kind of finding that are printed. */
const EXAMPLES_MAX = 5;

/** What was found wrong, by kind: how often, and some examples. */
export class Findings {
  readonly #byKind = new Map<string, { count: number; examples: string[] }>();

  add(kind: string, example: string): void {
    const found = this.#byKind.get(kind) ?? { count: 0, examples: [] };
    found.count++;
    if (found.examples.length < EXAMPLES_MAX) found.examples.push(example);
    this.#byKind.set(kind, found);
  }

  get kinds(): string[] {
    return [...this.#byKind.keys()];
  }

  /** A line a kind. */
  lines(): string[] {
    return [...this.#byKind].map(
      ([kind, { count, examples }]) => `${kind}: ${count} times; such as ${examples.join('; ')}`,
    );
  }
}
