import {
  ad,
  address,
  anyAd,
  type Context,
  click,
  HOUR_MS,
  type LabelledClick,
  pick,
  waiting,
} from './traffic.js';

const RIVAL_ADS = [3, 7, 11];
const sequence = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Crawlers that say who they are, following every link. */
function declaredCrawlers({ random, startMs, crawlers }: Context): LabelledClick[] {
  return sequence(12, () => ({ agent: pick(random, crawlers), from: address(random) })).flatMap(
    ({ agent, from }) => {
      let atMs = startMs + random() * 20 * HOUR_MS;
      return sequence(60, () => {
        atMs += 1_000 + waiting(random, 20_000);
        return click({ ...anyAd(random), user_agent: agent }, atMs, from, 'declared_crawler');
      });
    },
  );
}

/** Scrapers on a browser without a screen. A third hides it, with the user agent of a person. */
function headlessScrapers({ random, startMs, people }: Context): LabelledClick[] {
  return sequence(15, (i) => i).flatMap((i) => {
    const from = address(random);
    const agent =
      i % 3 === 0
        ? pick(random, people)
        : 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/125.0.0.0 Safari/537.36';
    let atMs = startMs + random() * 22 * HOUR_MS;
    return sequence(40, () => {
      atMs += 2_000 + waiting(random, 8_000);
      return click({ ...anyAd(random), user_agent: agent }, atMs, from, 'headless_scraper');
    });
  });
}

/** Thirty hired people with phones of their own: they click what they are told, slowly, in shifts, with pauses. */
function clickFarm({ random, startMs, people }: Context): LabelledClick[] {
  return sequence(30, (worker) => worker).flatMap((worker) => {
    const from = address(random);
    const agent = pick(random, people);
    let atMs = startMs + (worker % 2 === 0 ? 1 : 12) * HOUR_MS + random() * HOUR_MS;
    return sequence(50, () => {
      atMs += 25_000 + waiting(random, 110_000) + (random() < 0.05 ? waiting(random, 900_000) : 0);
      const fields = { user_id: `worker-${worker}-${startMs % 9_973}`, user_agent: agent };
      return click(
        { ...ad(pick(random, RIVAL_ADS)), ...fields, referrer: 'https://farm.example/' },
        atMs,
        from,
        'click_farm',
      );
    });
  });
}

/** Two thousand infected homes, one click each, on the ads of one campaign, through one publisher. */
function oneClickBotnet({ random, startMs, people }: Context): LabelledClick[] {
  return sequence(2_000, () => {
    const atMs = startMs + 3 * HOUR_MS + random() * 9 * HOUR_MS;
    const fields = { user_agent: pick(random, people), referrer: 'https://botnet-site.example/' };
    return click(
      { ...ad(40 + Math.floor(random() * 10)), ...fields },
      atMs,
      address(random),
      'one_click_botnet',
    );
  });
}

/** One machine that is another browser and another user each time, faster than any household. */
function rotatingAgents({ random, startMs, people }: Context): LabelledClick[] {
  const from = address(random);
  let atMs = startMs + 14 * HOUR_MS;
  return sequence(1_200, (i) => {
    atMs += 100 + waiting(random, 300);
    const fields = { user_id: `made-up-${i}-${startMs % 9_973}`, user_agent: pick(random, people) };
    return click({ ...anyAd(random), ...fields }, atMs, from, 'rotating_agents');
  });
}

/** A rival burns a budget from four addresses within a quarter of an hour. */
function competitorBurst({ random, startMs, people }: Context): LabelledClick[] {
  const machines = sequence(4, () => ({ from: address(random), agent: pick(random, people) }));
  let atMs = startMs + 17 * HOUR_MS;
  return sequence(900, () => {
    atMs += waiting(random, 1_000);
    const { from, agent } = pick(random, machines);
    return click({ ...ad(5), user_agent: agent }, atMs, from, 'competitor_burst');
  });
}

/** What people did in one hour, again six hours later from a few addresses: real gaps, real user agents, real users' names. */
function replayedRecording({ random, startMs }: Context, people: readonly LabelledClick[]): LabelledClick[] {
  const proxies = sequence(6, () => address(random));
  const from = startMs + 12 * HOUR_MS;
  return people
    .filter(({ input, family }) => {
      const at = Date.parse(input.timestamp);
      return family === 'organic' && at >= from && at < from + HOUR_MS;
    })
    .map(({ input }) =>
      click(
        { ...input },
        Date.parse(input.timestamp) + 6 * HOUR_MS,
        pick(random, proxies),
        'replayed_recording',
      ),
    );
}

/** A script that sleeps for a fixed time, give or take the network, from one home each. */
function clockworkBots({ random, startMs, people }: Context): LabelledClick[] {
  return sequence(10, (bot) => bot).flatMap((bot) => {
    const from = address(random);
    const agent = pick(random, people);
    const gapMs = 20_000 + random() * 200_000;
    const beginMs = startMs + random() * 12 * HOUR_MS;
    return sequence(60, (i) => {
      const atMs = beginMs + i * gapMs + random() * 1_500;
      return click({ ...ad((bot * 7 + i) % 60), user_agent: agent }, atMs, from, 'clockwork_bot');
    });
  });
}

export const ATTACKS = [
  declaredCrawlers,
  headlessScrapers,
  clickFarm,
  oneClickBotnet,
  rotatingAgents,
  competitorBurst,
  replayedRecording,
  clockworkBots,
];
