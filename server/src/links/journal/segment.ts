import { type FileHandle, open, readFile, unlink } from 'node:fs/promises';

/** One file of the journal. Lines are appended until it is sealed; when all of its clicks are in the ledger, it is removed. */
export class Segment {
  /** Of the clicks whose commit came about after all. */
  readonly settled = new Set<string>();
  /** Commits that may still come about. */
  readonly inFlight = new Set<Promise<unknown>>();
  bytes = 0;
  clicks = 0;
  #file: FileHandle | null = null;

  private constructor(readonly path: string) {}

  /** A new file, whose name is on disk. */
  static async make(path: string, folder: FileHandle): Promise<Segment> {
    const segment = new Segment(path);
    segment.#file = await open(path, 'ax', 0o600);
    await folder.sync();
    return segment;
  }

  /** One that an earlier process has left. */
  static found(path: string, bytes: number, clicks: number): Segment {
    const segment = new Segment(path);
    segment.bytes = bytes;
    segment.clicks = clicks;
    return segment;
  }

  get waiting(): number {
    return this.clicks - this.settled.size;
  }

  /** Resolves when the text is on disk. When it rejects, the segment takes no more. */
  async append(text: string): Promise<void> {
    const file = this.#file as FileHandle;
    try {
      await file.appendFile(text);
      await file.datasync();
    } catch (error) {
      // What of it is there was promised to nobody.
      await file.truncate(this.bytes).catch(() => undefined);
      throw error;
    }
    this.bytes += Buffer.byteLength(text);
  }

  /** Takes no more lines. */
  async seal(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => undefined);
  }

  read(): Promise<string> {
    return readFile(this.path, 'utf8');
  }

  async remove(): Promise<void> {
    await unlink(this.path);
  }
}
