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

/** Settings that a request must not change: they would outlive it in the session. */
const REFUSED_SETTINGS = new Set(['readonly', 'allow_ddl']);

export interface RequestContext {
  database: string;
  settings: ReadonlyMap<string, string>;
  /** By name without `param_`; values in ClickHouse's escaped text form, as HTTP carries them. */
  params: ReadonlyMap<string, string>;
}

/** A fixed number of sessions on one data directory; each request has one to itself. */
export class SessionPool {
  readonly #idle: Session[] = [];
  readonly #waiting: ((session: Session) => void)[] = [];
  readonly #all: Session[] = [];

  constructor(dataDir: string, connectionArgs: readonly string[]) {
    for (let i = 0; i < SESSIONS_MAX; i++) this.#all.push(new Session(dataDir, { connectionArgs }));
    this.#idle.push(...this.#all);
  }

  /**
   * Runs `work` on a session that has the request's database, settings and parameters, and none of the request before.
   * (A parameter's value stays in the session until it is given again: `readQuery` refuses queries that name one without
   * bringing it.)
   */
  async use<T>(context: RequestContext, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#lease();
    const names = [...context.settings.keys()].filter((name) => !REFUSED_SETTINGS.has(name));
    try {
      if (context.database !== 'default')
        await session.queryAsync(`USE \`${context.database.replaceAll('`', '\\`')}\``);
      const assignments = [
        ...names.map((name) => `${name} = ${literal(context.settings.get(name) ?? '')}`),
        ...[...context.params].map(([name, value]) => `param_${name} = ${literal(value)}`),
      ];
      if (assignments.length > 0) await session.queryAsync(`SET ${assignments.join(', ')}`);
      return await work(session);
    } finally {
      try {
        if (names.length > 0)
          await session.queryAsync(`SET ${names.map((name) => `${name} = DEFAULT`).join(', ')}`);
        if (context.database !== 'default') await session.queryAsync('USE default');
      } finally {
        this.#giveBack(session);
      }
    }
  }

  close(): void {
    for (const session of this.#all) session.close();
  }

  #lease(): Promise<Session> {
    const session = this.#idle.pop();
    if (session) return Promise.resolve(session);
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.reject(
        new TooManyQueries(
          `Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)`,
        ),
      );
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(session: Session): void {
    const next = this.#waiting.shift();
    if (next) next(session);
    else this.#idle.push(session);
  }
}
