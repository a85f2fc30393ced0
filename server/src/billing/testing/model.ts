/**
 * Billing as its documentation says it, in a few loops over everything that ever happened: what the ledger's statements are held
 * against. It knows nothing of chunks, batches or SQL. Times in milliseconds; `order` is the order in which things were committed.
 */
export interface ModelClick {
  id: string;
  order: number;
  campaign: string;
  /** Of the campaign when the click was recorded, as is the price. */
  advertiser: string;
  price: bigint;
  atMs: number;
  flagged: boolean;
}
export interface ModelVerdict {
  click: ModelClick;
  order: number;
  flagged: boolean;
  byPerson: boolean;
  madeAtMs: number;
}
export interface ModelClosing {
  period: string;
  order: number;
  fromMs: number;
  toMs: number;
}
export interface ModelLine {
  advertiser: string;
  campaign: string;
  isCorrection: boolean;
  price: bigint;
  clicks: number;
  flagged: number;
  adjusted: number;
}

export class BillingModel {
  readonly clicks: ModelClick[] = [];
  readonly verdicts: ModelVerdict[] = [];
  readonly closings: ModelClosing[] = [];
  #order = 0;

  next(): number {
    return ++this.#order;
  }

  isFlagged(click: ModelClick): boolean {
    return this.verdicts.findLast((verdict) => verdict.click === click)?.flagged ?? click.flagged;
  }

  /** A person has judged it: no rule does any more. */
  isSettled(click: ModelClick): boolean {
    return this.verdicts.findLast((verdict) => verdict.click === click)?.byPerson ?? false;
  }

  /** Whether a verdict of this order is a credit that no closed month has. */
  isDue(click: ModelClick, order: number): boolean {
    const isCredit = this.closings.some((closing) => closing.order < order && click.atMs < closing.toMs);
    return isCredit && this.closings.every((closing) => closing.order < order);
  }

  /** The lines of a month, by the key of each; with those that cost nothing. */
  linesOf(month: ModelClosing): ModelLine[] {
    const billedSinceMs = this.closings[0]?.fromMs ?? month.fromMs;
    const lines = new Map<string, ModelLine>();
    const add = (
      click: ModelClick,
      isCorrection: boolean,
      counts: Partial<Pick<ModelLine, 'clicks' | 'flagged' | 'adjusted'>>,
    ) => {
      const { advertiser, campaign, price } = click;
      const key = JSON.stringify([advertiser, isCorrection, campaign, String(price)]);
      const line = lines.get(key) ?? {
        advertiser,
        campaign,
        isCorrection,
        price,
        clicks: 0,
        flagged: 0,
        adjusted: 0,
      };
      line.clicks += counts.clicks ?? 0;
      line.flagged += counts.flagged ?? 0;
      line.adjusted += counts.adjusted ?? 0;
      lines.set(key, line);
    };
    for (const click of this.clicks) {
      if (click.atMs < billedSinceMs || this.#billedIn(click.order, click.atMs, month) !== month) continue;
      add(click, click.atMs < month.fromMs, { clicks: 1, flagged: click.flagged ? 1 : 0 });
    }
    for (const { click, order, flagged, madeAtMs } of this.verdicts) {
      if (click.atMs < billedSinceMs) continue;
      // What was found after the click's own month was closed counts when it was found.
      const closedUntilMs = Math.max(
        0,
        ...this.closings.filter((closing) => closing.order < order).map((closing) => closing.toMs),
      );
      const isDeferred = click.atMs < closedUntilMs;
      const countsAtMs = isDeferred ? Math.max(madeAtMs, closedUntilMs) : click.atMs;
      if (this.#billedIn(order, countsAtMs, month) !== month) continue;
      add(click, isDeferred || countsAtMs < month.fromMs, { adjusted: flagged ? -1 : 1 });
    }
    return [...lines.values()];
  }

  /** The first month closed after it that reaches its time; `open` stands for the next closing. */
  #billedIn(order: number, atMs: number, open: ModelClosing): ModelClosing | undefined {
    const all = this.closings.includes(open) ? this.closings : [...this.closings, open];
    return all.find((closing) => closing.order > order && atMs < closing.toMs);
  }
}

/** Midnight of the first of a month in a zone, by the runtime's own calendar. */
export function startOfMonth(period: string, zone: string): number {
  const [year = 0, month = 1] = period.split('-').map(Number);
  const wall = Date.UTC(year, month - 1, 1);
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    },
  });
  const wallAt = (ms: number) => {
    const of = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(of.year ?? 0, (of.month ?? 1) - 1, of.day, of.hour, of.minute, of.second);
  };
  let ms = wall;
  for (let i = 0; i < 2; i++) ms += wall - wallAt(ms);
  return ms;
}
