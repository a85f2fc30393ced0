import { sleep } from '@clickledger/server/lib/backoff.js';
import type { ProxyMode, TcpProxy } from '../tcp-proxy.js';
import type { Fault } from './fault.js';

const LASTS_MS_MIN = 200;
const LASTS_MS_MAX = 5_000;
const DELAY_MS_MAX = 800;

const KINDS: Record<Exclude<ProxyMode, 'open'>, string> = {
  cut: 'connection cut',
  stall: 'connection stalled',
  delay: 'connection delayed',
  swallow: 'answers lost',
};

/** What can befall the connections that a proxy carries. */
export function networkFaults(proxy: TcpProxy): Fault[] {
  return (Object.keys(KINDS) as (keyof typeof KINDS)[]).map((mode) => ({
    kind: KINDS[mode],
    target: proxy.name,
    parts: [proxy.name],
    async run(chance) {
      const lastsMs = chance.between(LASTS_MS_MIN, LASTS_MS_MAX);
      proxy.set(mode, chance.between(20, DELAY_MS_MAX));
      await sleep(lastsMs);
      proxy.set('open');
    },
  }));
}
