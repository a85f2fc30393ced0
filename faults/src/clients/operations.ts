import type { Chance } from '@clickledger/traffic';
import { LINK_PATH, type Operation, type SentClick } from '../history.js';

const MARKER_PREFIX = 'https://faults.test/';
/** Few enough that the velocity rules flag some of the clicks. */
const USERS = 400;
const BATCH_CLICKS_MAX = 30;

/** The marker that a stored `referrer` carries; null for one that no client of this run sent. */
export const markerOf = (referrer: string): string | null =>
  referrer.startsWith(MARKER_PREFIX) ? referrer.slice(MARKER_PREFIX.length) : null;

type Kind =
  | 'bare'
  | 'id'
  | 'key'
  | 'key and id'
  | 'batch'
  | 'batch of ids'
  | 'batch with key'
  | 'again in a batch'
  | 'redirect';
const KINDS: readonly Kind[] = [
  'bare',
  'bare',
  'id',
  'id',
  'id',
  'key',
  'key',
  'key',
  'key and id',
  'batch',
  'batch of ids',
  'batch of ids',
  'batch with key',
  'batch with key',
  'again in a batch',
  'redirect',
  'redirect',
  'redirect',
];

/** Makes requests of every kind that the API takes; the same ones for the same seed. */
export class OperationMaker {
  #serial = 0;
  /** Clicks with ids of their own, which may come again in another request. */
  readonly #withIds: SentClick[] = [];

  constructor(private readonly chance: Chance) {}

  next(): Operation {
    const kind = this.chance.pick(KINDS);
    const many = () => Array.from({ length: this.chance.between(1, BATCH_CLICKS_MAX) });
    switch (kind) {
      case 'bare':
        return this.#single(this.#click(false), false);
      case 'id':
        return this.#single(this.#click(true), false);
      case 'key':
        return this.#single(this.#click(false), true);
      case 'key and id':
        return this.#single(this.#click(true), true);
      case 'batch':
        return this.#batch(
          many().map(() => this.#click(this.chance.happens(0.5))),
          false,
        );
      case 'redirect':
        return this.#operation(LINK_PATH, [this.#click(false)], '', false);
      case 'batch of ids':
        return this.#batch(
          many().map(() => this.#click(true)),
          false,
        );
      case 'batch with key':
        return this.#batch(
          many().map(() => this.#click(this.chance.happens(0.5))),
          true,
        );
      case 'again in a batch': {
        const again = this.#withIds.length > 0 ? [this.chance.pick(this.#withIds)] : [];
        return this.#batch([...again, ...many().map(() => this.#click(true))], this.chance.happens(0.5));
      }
    }
  }

  #click(hasId: boolean): SentClick {
    const marker = String(++this.#serial);
    const campaign = this.chance.between(1, 5);
    const click: SentClick = {
      marker,
      body: {
        ad_id: `ad-${this.chance.between(1, 20)}`,
        campaign_id: `campaign-${campaign}`,
        advertiser_id: `advertiser-${campaign % 2}`,
        user_id: `user-${Math.floor(USERS * this.chance.number() ** 3)}`,
        referrer: `${MARKER_PREFIX}${marker}`,
        ...(hasId ? { click_id: this.chance.uuid() } : {}),
      },
      answers: [],
    };
    if (hasId) this.#withIds.push(click);
    return click;
  }

  #single(click: SentClick, hasKey: boolean): Operation {
    return this.#operation('/api/v1/clicks', [click], JSON.stringify(click.body), hasKey);
  }

  #batch(clicks: SentClick[], hasKey: boolean): Operation {
    const body = JSON.stringify({ clicks: clicks.map((click) => click.body) });
    return this.#operation('/api/v1/clicks/batch', clicks, body, hasKey);
  }

  /** Of a redirect, the marker is the page that the link is on. */
  #operation(route: Operation['route'], clicks: SentClick[], body: string, hasKey: boolean): Operation {
    return {
      key: hasKey ? this.chance.uuid() : null,
      route,
      clicks,
      body,
      isIdentified: hasKey || clicks.every((click) => 'click_id' in click.body),
      acknowledgements: [],
      unknownAttempts: 0,
    };
  }
}
