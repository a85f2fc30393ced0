import type { ClickHouseClient } from '@clickhouse/client';
import { Counter, Histogram, type Registry } from 'prom-client';

/** Who asks: a request, a push to dashboards, or the relay with all that it checks. */
export type QueryKind = 'request' | 'push' | 'relay';

/** The time that analytics takes to answer, by who asks. One histogram, given to each client as it is opened. */
export class QueryTime {
  readonly #seconds: Histogram<'kind'>;
  readonly #failures: Counter<'kind'>;

  constructor(registry: Registry) {
    this.#seconds = new Histogram({
      name: 'clickledger_query_seconds',
      help: 'Time until analytics begins to answer a query, by who asks.',
      labelNames: ['kind'],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
      registers: [registry],
    });
    this.#failures = new Counter({
      name: 'clickledger_query_failures_total',
      help: 'Queries that analytics failed, by who asked.',
      labelNames: ['kind'],
      registers: [registry],
    });
  }

  /** The same client, its queries timed. */
  of(client: ClickHouseClient, kind: QueryKind): ClickHouseClient {
    const query = async (...args: Parameters<ClickHouseClient['query']>) => {
      const done = this.#seconds.startTimer({ kind });
      try {
        return await client.query(...args);
      } catch (error) {
        this.#failures.inc({ kind });
        throw error;
      } finally {
        done();
      }
    };
    return new Proxy(client, {
      get(target, name) {
        if (name === 'query') return query;
        const value = Reflect.get(target, name);
        // Its private parts are reached through the client itself.
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}
