import { Session } from 'chdb';

/** Queries that run at once. One session runs one query at a time. */
export const SESSIONS_MAX = 8;
/** Queries that may wait for a session; beyond it they are refused, as ClickHouse does. */
export const WAITING_MAX = 256;

/** More queries wait than may. ClickHouse's code 202. */
export class TooManyQueries extends Error {
  override name = 'TooManyQueries';
}

/** Text as a ClickHouse string literal. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/**
 * Settings that never reach a session: nothing could take back `readonly`, which is kept by the HTTP server itself, and the
 * comment is ours.
 */
const KEPT_OUT = new Set(['readonly', 'allow_ddl', 'log_comment']);

export interface RequestContext {
  database: string;
  /** Unlike that of any other request: by it the query is found again while it runs, as its `log_comment`. */
  tag: string;
  settings: ReadonlyMap<string, string>;
  /** By name without `param_`; values in ClickHouse's escaped text form, as HTTP carries them. */
  params: ReadonlyMap<string, string>;
}

/** A session and what the requests before have left in it. */
interface Slot {
  session: Session;
  database: string;
  /** Settings as they stand, by name; undefined: a failed SET may or may not have set it. */
  settings: Map<string, string | undefined>;
}

/** A fixed number of sessions on one data directory; each request has one to itself. */
export class SessionPool {
  readonly #idle: Slot[] = [];
  readonly #waiting: ((slot: Slot) => void)[] = [];
  readonly #all: Slot[] = [];

  constructor(dataDir: string, connectionArgs: readonly string[]) {
    for (let i = 0; i < SESSIONS_MAX; i++)
      this.#all.push({
        session: new Session(dataDir, { connectionArgs }),
        database: 'default',
        settings: new Map(),
      });
    this.#idle.push(...this.#all);
  }

  /**
   * Runs `work` on a session that has the request's database and settings, and none of the request before. Every call into
   * the engine costs a dashboard query a millisecond or two: a session is only told what differs from the request before,
   * and `work` gets the statement that binds the parameters, to send it ahead of its own in the same call. (A parameter's
   * value stays in the session until it is given again: `readQuery` refuses queries that name one without bringing it.)
   */
  async use<T>(
    context: RequestContext,
    work: (session: Session, bindParams: string) => Promise<T>,
  ): Promise<T> {
    const slot = await this.#lease(context);
    try {
      await prepare(slot, context);
      return await work(slot.session, bindingOf(context));
    } finally {
      this.#giveBack(slot);
    }
  }

  close(): void {
    for (const { session } of this.#all) session.close();
  }

  /** The idle session that has least to be told: queries and the relay's inserts, which set much, have sessions of their own. */
  #lease(context: RequestContext): Promise<Slot> {
    const differences = this.#idle.map((slot) => assignmentsFor(slot, context).length);
    const best = differences.lastIndexOf(Math.min(...differences));
    const [slot] = best < 0 ? [] : this.#idle.splice(best, 1);
    if (slot) return Promise.resolve(slot);
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.reject(
        new TooManyQueries(
          `Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)`,
        ),
      );
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next) next(slot);
    else this.#idle.push(slot);
  }
}

/** The statement that binds a request's parameters and names it in `system.processes`, with its end. */
const bindingOf = ({ tag, params }: RequestContext): string =>
  `SET ${[`log_comment = ${literal(tag)}`, ...[...params].map(([name, value]) => `param_${name} = ${literal(value)}`)].join(', ')};`;

interface Assignment {
  name: string;
  /** undefined: back to its default. */
  value: string | undefined;
}

/** What a session has to be told of a request's settings. */
function assignmentsFor({ settings }: Slot, context: RequestContext): Assignment[] {
  const stale = [...settings.keys()].filter((name) => !context.settings.has(name));
  const changed = [...context.settings].filter(
    ([name, value]) => !KEPT_OUT.has(name) && settings.get(name) !== value,
  );
  return [
    ...stale.map((name) => ({ name, value: undefined })),
    ...changed.map(([name, value]) => ({ name, value })),
  ];
}

/** Brings a session to a request's database and settings, in at most two calls. */
async function prepare(slot: Slot, context: RequestContext): Promise<void> {
  const { session, settings } = slot;
  if (slot.database !== context.database) {
    await session.queryAsync(`USE \`${context.database.replaceAll('`', '\\`')}\``);
    slot.database = context.database;
  }
  const assignments = assignmentsFor(slot, context);
  if (assignments.length === 0) return;
  const texts = assignments.map(
    ({ name, value }) => `${name} = ${value === undefined ? 'DEFAULT' : literal(value)}`,
  );
  try {
    await session.queryAsync(`SET ${texts.join(', ')}`);
  } catch (error) {
    await forget(
      slot,
      assignments.map(({ name }) => name),
    );
    throw error;
  }
  for (const { name, value } of assignments)
    if (value === undefined) settings.delete(name);
    else settings.set(name, value);
}

/** After a SET that failed, perhaps halfway: each name on its own, since one of them may not exist. */
async function forget(slot: Slot, names: readonly string[]): Promise<void> {
  for (const name of names)
    try {
      await slot.session.queryAsync(`SET ${name} = DEFAULT`);
      slot.settings.delete(name);
    } catch (error) {
      // A name that the engine doesn't know can not have been set. Any other failure: try again with the next request.
      if (/UNKNOWN_SETTING/.test(String(error))) slot.settings.delete(name);
      else slot.settings.set(name, undefined);
    }
}
