import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/** One stage's part of the report, as measured last. */
export interface StageReport {
  measuredAt: string;
  sections: { title: string; body: string }[];
  data: unknown;
}

/** The report of the ingest bench: a stage that is measured again takes the place of its last figures, the others stay. */
export class Report {
  readonly #stages: Record<string, StageReport>;

  constructor(
    private readonly folder: string,
    /** Names of the stages, in the order of the report. */
    private readonly order: readonly string[],
  ) {
    const file = `${folder}/ingest.json`;
    this.#stages = existsSync(file)
      ? ((JSON.parse(readFileSync(file, 'utf8')) as { stages?: Record<string, StageReport> }).stages ?? {})
      : {};
  }

  get(stage: string): StageReport | undefined {
    return this.#stages[stage];
  }

  /** Keeps a stage's figures and writes both files: a run that is stopped later loses nothing. */
  put(
    stage: string,
    report: StageReport,
    machine: { cores: number; model: string; memoryGb: number; node: string },
  ) {
    this.#stages[stage] = report;
    const parts = this.order.flatMap((name) => {
      const one = this.#stages[name];
      if (!one) return [];
      const day = one.measuredAt.slice(0, 16).replace('T', ' ');
      return one.sections.map(({ title, body }) => `## ${title}\n\n${body}\n\nMeasured ${day} UTC.\n`);
    });
    const { cores, model, memoryGb, node } = machine;
    const head = `# Ingestion, measured\n\n${cores} cores (${model}), ${memoryGb} GB, Node.js ${node}; load generator, server and all stores share them.\n\n`;
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(`${this.folder}/ingest.md`, head + parts.join('\n'));
    writeFileSync(
      `${this.folder}/ingest.json`,
      `${JSON.stringify({ machine, stages: this.#stages }, null, 1)}\n`,
    );
  }
}
