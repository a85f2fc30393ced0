import { z } from 'zod';
import { numberInPath } from '../fields.js';
import { FraudSummaryQuery, FraudSummaryReply, OffendersQuery, OffendersReply } from '../fraud.js';
import { BacktestInput, BacktestReply } from '../fraud-backtest.js';
import {
  ListEntriesReply,
  ListEntryInput,
  ListEntryReply,
  ListPreviewInput,
  ListPreviewReply,
} from '../fraud-lists.js';
import { ClosedReply, CloseInput, LookBackInput, RunsReply } from '../fraud-look-back.js';
import { RuleSettingsChange, RulesReply, RuleVersionsReply } from '../fraud-settings.js';
import { notFound, nothing, type RouteGroup, refused, reply } from '../route.js';

const DAY = { start_time: '2026-11-01T00:00:00Z', end_time: '2026-11-02T00:00:00Z' };
const NETWORK = { kind: 'address', value: '203.0.113.0/24' };

/** Fraud: what was found, the rules, the lists, and verdicts after the fact. */
export const fraudRoutes = {
  'GET /api/v1/fraud/summary': {
    access: 'read',
    summary: 'Fraud over time and by rule',
    query: FraudSummaryQuery,
    replies: { 200: reply('The figures.', FraudSummaryReply) },
    example: { query: { ...DAY, granularity: 'hour' } },
  },
  'GET /api/v1/fraud/offenders': {
    access: 'read',
    summary: 'Who has the most flagged clicks',
    query: OffendersQuery,
    replies: { 200: reply('The list.', OffendersReply) },
    example: { query: { ...DAY, by: 'ip_hash', limit: 10 } },
  },
  'GET /api/v1/fraud/rules': {
    access: 'read',
    summary: 'The fraud rules in force',
    replies: { 200: reply('Settings, and what each rule is.', RulesReply) },
  },
  'PUT /api/v1/fraud/rules': {
    access: 'admin',
    summary: 'Change fraud rules',
    description:
      'Each rule that is named is given whole; the others stay. The change is a new version, in force on every node within 5 seconds.',
    body: RuleSettingsChange,
    namesFieldsByPath: true,
    replies: { 200: reply('As they are now.', RulesReply) },
    example: {
      body: { velocity_ip: { state: 'on', count_max: 80, window_seconds: 60 }, note: 'Fewer per address' },
    },
  },
  'GET /api/v1/fraud/rules/versions': {
    access: 'read',
    summary: 'Every version of the fraud rules, newest first',
    replies: { 200: reply('The versions.', RuleVersionsReply) },
  },
  'POST /api/v1/fraud/rules/run': {
    access: 'admin',
    summary: 'Let the rules that look back judge a range of the past',
    description:
      'What they find is appended as adjustments: a verdict changes with a row of its own, never in place. Run again, it changes nothing more.',
    body: LookBackInput,
    replies: { 200: reply('What each rule found.', RunsReply) },
    example: { body: DAY },
  },
  'POST /api/v1/fraud/rules/backtest': {
    access: 'admin',
    summary: 'What a change of rules would have flagged',
    description: 'Nothing is changed. At most 5 million clicks.',
    body: BacktestInput,
    namesFieldsByPath: true,
    replies: { 200: reply('The figures.', BacktestReply) },
    example: {
      body: { rules: { velocity_ip: { state: 'on', count_max: 80, window_seconds: 60 } }, days: 7 },
    },
  },
  'GET /api/v1/fraud/runs': {
    access: 'read',
    summary: 'What the rules that look back found',
    replies: { 200: reply('The runs.', RunsReply) },
  },
  'GET /api/v1/fraud/closed-until': {
    access: 'read',
    summary: 'Up to when clicks are billed',
    replies: { 200: reply('The end of the last closed period.', ClosedReply) },
  },
  'PUT /api/v1/fraud/closed-until': {
    access: 'admin',
    summary: 'Close a period',
    description:
      'Later findings about its clicks count at the time they are made. It can only be moved forward.',
    body: CloseInput,
    replies: { 200: reply('As it is now.', ClosedReply) },
    example: { body: { closed_until: '2025-10-01T00:00:00Z' } },
  },
  'GET /api/v1/fraud/lists': {
    access: 'read',
    summary: 'The allow and block lists in force',
    replies: { 200: reply('The entries.', ListEntriesReply) },
  },
  'POST /api/v1/fraud/lists': {
    access: 'admin',
    summary: 'Add to a list',
    description: 'Blocked means flagged, never refused. An entry that is there already is renewed.',
    body: ListEntryInput,
    replies: { 201: reply('The entry.', ListEntryReply), 409: refused('The lists are full.') },
    example: { body: { list: 'block', ...NETWORK, note: 'A scraper' } },
  },
  'POST /api/v1/fraud/lists/preview': {
    access: 'admin',
    summary: 'Count the clicks that a list entry would match',
    description: 'Over the last days. Nothing is changed.',
    body: ListPreviewInput,
    replies: { 200: reply('The count.', ListPreviewReply) },
    example: { body: { ...NETWORK, days: 7 } },
  },
  'DELETE /api/v1/fraud/lists/:entry_id': {
    access: 'admin',
    summary: 'Take an entry off its list',
    params: z.object({ entry_id: numberInPath('Of the entry') }),
    replies: { 204: nothing('It is off.'), 404: notFound },
    example: { params: { entry_id: 1 } },
  },
} as const satisfies RouteGroup;
