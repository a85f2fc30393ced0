import { type FileHandle, mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Click } from '../../click/click.js';
import type { Background } from '../../lib/background.js';
import { clicksIn, lineOf } from './line.js';
import { Segment } from './segment.js';

/** Why a click of a redirect was lost. `corrupt`: its line was damaged on disk. `refused`: the ledger refuses the click itself. */
export const LOSSES = ['full', 'disk', 'refused', 'corrupt'] as const;
export type Loss = (typeof LOSSES)[number];

/** A segment takes no more lines from this size on, in bytes. */
const SEGMENT_BYTES_MAX = 4 * 1024 * 1024;
const SEGMENT_NAME = /^(\d{10})\.clicks$/;
const TASK = { name: 'click journal', failure: 'the click journal can not be written' };

interface Line {
  text: string;
  click: Click;
  commit: Promise<unknown>;
  done: (isKept: boolean) => void;
}

/** The journal at this moment. */
export interface JournalState {
  /** Clicks that are not in the ledger yet. */
  clicks: number;
  bytes: number;
  bytes_max: number;
  /** Since the start. */
  written: number;
  replayed: number;
  lost: number;
}

/**
 * Clicks of redirects that were answered before their commit: lines of files under DATA_DIR, each on disk before its redirect is
 * answered. Lines that come while an fsync runs share the next one. `Replay` brings them to the ledger.
 */
export class ClickJournal {
  readonly #folder: string;
  readonly #lines: Line[] = [];
  /** Sealed ones, oldest first. */
  readonly #sealed: Segment[] = [];
  #current: Segment | null = null;
  #directory: FileHandle | null = null;
  #serial = 0;
  #writing: Promise<void> | null = null;
  #queuedBytes = 0;
  readonly #totals = { written: 0, replayed: 0 };
  readonly #losses: Record<Loss, number> = { full: 0, disk: 0, refused: 0, corrupt: 0 };

  private constructor(
    private readonly parts: { folder: string; bytesMax: number; background: Background; registry: Registry },
  ) {
    this.#folder = parts.folder;
    this.#meter(parts.registry);
  }

  /** Opens the journal of a folder, with what an earlier process has left in it. */
  static async open(parts: {
    folder: string;
    bytesMax: number;
    background: Background;
    registry: Registry;
  }): Promise<ClickJournal> {
    const journal = new ClickJournal(parts);
    await mkdir(parts.folder, { recursive: true, mode: 0o700 });
    for (const name of (await readdir(parts.folder)).filter((one) => SEGMENT_NAME.test(one)).sort()) {
      const path = join(parts.folder, name);
      const text = await readFile(path, 'utf8');
      const { clicks } = clicksIn(text);
      journal.#sealed.push(Segment.found(path, Buffer.byteLength(text), clicks.length));
      journal.#serial = Number(SEGMENT_NAME.exec(name)?.[1]);
    }
    return journal;
  }

  get state(): JournalState {
    return {
      clicks: this.#segments().reduce((sum, { waiting }) => sum + waiting, 0),
      bytes: this.#bytes(),
      bytes_max: this.parts.bytesMax,
      ...this.#totals,
      lost: LOSSES.reduce((sum, reason) => sum + this.#losses[reason], 0),
    };
  }

  /**
   * Keeps a click that is not committed yet. Resolves with whether it is on disk; when it is not, and the commit fails, it is lost, and
   * counted so. Never rejects.
   */
  keep(click: Click, commit: Promise<unknown>): Promise<boolean> {
    const text = lineOf(click);
    if (this.#bytes() + this.#queuedBytes + text.length > this.parts.bytesMax) {
      this.#loseWith(commit, 'full');
      return Promise.resolve(false);
    }
    this.#queuedBytes += text.length;
    return new Promise((done) => {
      this.#lines.push({ text, click, commit, done });
      this.#writing ??= this.#write();
    });
  }

  /** Counts a click that nothing can keep. */
  lost(reason: Loss, count = 1): void {
    this.#losses[reason] += count;
  }

  /** Counts clicks that were brought to the ledger. */
  replayed(count: number): void {
    this.#totals.replayed += count;
  }

  /** Segments that take no more lines, oldest first; the one at hand becomes one of them. */
  async sealAll(): Promise<readonly Segment[]> {
    await this.#writing;
    await this.#seal();
    return [...this.#sealed];
  }

  /** Removes a segment whose clicks are all in the ledger. */
  async remove(segment: Segment): Promise<void> {
    await segment.remove();
    this.#sealed.splice(this.#sealed.indexOf(segment), 1);
  }

  /** What is in it is kept for the next start. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#current?.seal();
    await this.#directory?.close().catch(() => undefined);
  }

  async #write(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines.splice(0);
      const text = lines.map((line) => line.text).join('');
      try {
        const segment = await this.#segment();
        await segment.append(text);
        for (const line of lines) this.#hold(segment, line);
        segment.clicks += lines.length;
        this.#totals.written += lines.length;
        if (segment.bytes >= SEGMENT_BYTES_MAX) await this.#seal();
      } catch (error) {
        this.parts.background.failed(TASK, error);
        await this.#seal();
        for (const { commit, done } of lines) {
          this.#loseWith(commit, 'disk');
          done(false);
        }
      }
      this.#queuedBytes -= text.length;
    }
    this.#writing = null;
  }

  #hold(segment: Segment, { click, commit, done }: Line): void {
    const watched = commit.then(
      () => void segment.settled.add(click.clickId),
      () => undefined,
    );
    segment.inFlight.add(watched);
    void watched.then(() => segment.inFlight.delete(watched));
    done(true);
  }

  #loseWith(commit: Promise<unknown>, reason: Loss): void {
    commit.catch(() => this.lost(reason));
  }

  async #segment(): Promise<Segment> {
    if (this.#current) return this.#current;
    this.#directory ??= await open(this.#folder, 'r');
    this.#serial++;
    const name = `${String(this.#serial).padStart(10, '0')}.clicks`;
    this.#current = await Segment.make(join(this.#folder, name), this.#directory);
    return this.#current;
  }

  async #seal(): Promise<void> {
    const segment = this.#current;
    this.#current = null;
    if (!segment) return;
    this.#sealed.push(segment);
    await segment.seal();
  }

  #segments(): Segment[] {
    return this.#current ? [...this.#sealed, this.#current] : this.#sealed;
  }

  #bytes(): number {
    return this.#segments().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #meter(registry: Registry): void {
    const registers = [registry];
    const journal = this;
    new Gauge({
      name: 'clickledger_click_journal_clicks',
      help: 'Clicks of redirects that were answered and are not in the ledger yet.',
      registers,
      collect() {
        this.set(journal.state.clicks);
      },
    });
    new Gauge({
      name: 'clickledger_click_journal_bytes',
      help: 'Size of the files that hold them; JOURNAL_MB bounds it.',
      registers,
      collect() {
        this.set(journal.state.bytes);
      },
    });
    new Counter({
      name: 'clickledger_click_journal_written_total',
      help: 'Clicks written to the journal because they were not committed in time.',
      registers,
      collect() {
        this.reset();
        this.inc(journal.#totals.written);
      },
    });
    new Counter({
      name: 'clickledger_click_journal_replayed_total',
      help: 'Clicks brought from the journal to the ledger.',
      registers,
      collect() {
        this.reset();
        this.inc(journal.#totals.replayed);
      },
    });
    new Counter({
      name: 'clickledger_redirect_clicks_lost_total',
      help: 'Clicks of redirects that are lost, by reason: people were redirected all the same.',
      labelNames: ['reason'],
      registers,
      collect() {
        this.reset();
        for (const reason of LOSSES) this.inc({ reason }, journal.#losses[reason]);
      },
    });
  }
}
