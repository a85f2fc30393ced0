import { Session } from 'chdb';

/** Queries that run at once. One session runs one query at a time. */
export const SESSIONS_MAX = 10;
/** Of them, queries of requests, which only read: however slow they are, an insert and the killing of a query find a session. */
export const READS_MAX = 8;
/** Queries that may wait for a session; beyond it they are refused, as ClickHouse does. */
export const WAITING_MAX = 256;

/** More queries wait than may. ClickHouse's code 202. */
export class TooManyQueries extends Error {
  override name = 'TooManyQueries';
}

/** Text as a ClickHouse string literal. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/**
 * Settings that never reach a session, since nothing could take them back: `readonly` is kept by the HTTP server itself.
 */
const KEPT_OUT = new Set(['readonly', 'allow_ddl']);

export interface RequestContext {
  database: string;
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
  readonly #waiting: { isRead: boolean; go: (slot: Slot) => void }[] = [];
  readonly #all: Slot[] = [];
  #reading = 0;

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
   * Runs `work` on a session that has the request's database, settings and parameters, and none of the request before.
   * Every call into the engine costs a dashboard query a millisecond or two, so a session is only told what differs from
   * the request before. (A parameter's value stays in the session until it is given again: `readQuery` refuses queries
   * that name one without bringing it.)
   *
   * @param isRead the query of a request
   */
  async use<T>(context: RequestContext, work: (session: Session) => Promise<T>, isRead = false): Promise<T> {
    const slot = await this.#lease(isRead);
    try {
      await prepare(slot, context);
      return await work(slot.session);
    } finally {
      this.#giveBack(slot, isRead);
    }
  }

  close(): void {
    for (const { session } of this.#all) session.close();
  }

  #mayGo = (isRead: boolean): boolean => this.#idle.length > 0 && (!isRead || this.#reading < READS_MAX);

  #take(isRead: boolean): Slot {
    if (isRead) this.#reading++;
    return this.#idle.pop() as Slot;
  }

  #lease(isRead: boolean): Promise<Slot> {
    if (this.#mayGo(isRead)) return Promise.resolve(this.#take(isRead));
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.reject(
        new TooManyQueries(
          `Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)`,
        ),
      );
    return new Promise((go) => this.#waiting.push({ isRead, go }));
  }

  #giveBack(slot: Slot, isRead: boolean): void {
    this.#idle.push(slot);
    if (isRead) this.#reading--;
    const at = this.#waiting.findIndex((one) => this.#mayGo(one.isRead));
    const [next] = at === -1 ? [] : this.#waiting.splice(at, 1);
    next?.go(this.#take(next.isRead));
  }
}

/** Brings a session to a request's database, settings and parameters, in at most two calls. */
async function prepare(slot: Slot, context: RequestContext): Promise<void> {
  const { session, settings } = slot;
  if (slot.database !== context.database) {
    await session.queryAsync(`USE \`${context.database.replaceAll('`', '\\`')}\``);
    slot.database = context.database;
  }
  const wanted = [...context.settings].filter(([name]) => !KEPT_OUT.has(name));
  const stale = [...settings.keys()].filter((name) => !context.settings.has(name));
  const changed = wanted.filter(([name, value]) => settings.get(name) !== value);
  const assignments = [
    ...stale.map((name) => `${name} = DEFAULT`),
    ...changed.map(([name, value]) => `${name} = ${literal(value)}`),
    ...[...context.params].map(([name, value]) => `param_${name} = ${literal(value)}`),
  ];
  if (assignments.length === 0) return;
  try {
    await session.queryAsync(`SET ${assignments.join(', ')}`);
  } catch (error) {
    await forget(slot, [...stale, ...changed.map(([name]) => name)]);
    throw error;
  }
  for (const name of stale) settings.delete(name);
  for (const [name, value] of changed) settings.set(name, value);
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
