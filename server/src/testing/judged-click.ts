import { randomUUID } from 'node:crypto';
import type { Click, JudgedClick, Verdict } from '../click/click.js';
import { NO_FACTS } from '../click/facts.js';

/** A clean click as ingestion hands it to the ledger. */
export const aJudgedClick = (click: Partial<Click> = {}, verdict: Partial<Verdict> = {}): JudgedClick => ({
  click: {
    tenantId: 1,
    clickId: randomUUID(),
    mayRepeat: false,
    adId: 'ad',
    campaignId: 'camp',
    advertiserId: 'adv',
    userId: null,
    ipHash: null,
    visitorKey: '0123456789abcdef',
    clickedAtMs: Date.now(),
    country: '',
    deviceType: '',
    os: '',
    browser: '',
    userAgent: '',
    referrer: '',
    facts: NO_FACTS,
    ...click,
  },
  verdict: { isFraudulent: false, reason: null, reasons: [], rulesNotRun: [], evidence: '', ...verdict },
});
