import { collectDefaultMetrics, type Registry } from 'prom-client';
import { sleep } from '../lib/backoff.js';

/** Time to the first figures: the event loop is sampled each 10 ms. */
const FIRST_SAMPLES_MS = 30;

/**
 * Adds Node.js's own figures to a registry when it is first asked for its metrics: sampling the event loop wakes the process 100 times a
 * second, for nobody as long as nobody asks. Returns how to ask.
 */
export function measureWhenAsked(registry: Registry): () => Promise<string> {
  let begun: Promise<void> | null = null;
  const begin = () => {
    collectDefaultMetrics({ register: registry, prefix: 'clickledger_' });
    return sleep(FIRST_SAMPLES_MS);
  };
  return async () => {
    begun ??= begin();
    await begun;
    return registry.metrics();
  };
}
