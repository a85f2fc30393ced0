import { ErrorReply } from './errors.js';
import { BacktestInput, BacktestReply } from './fraud-backtest.js';
import {
  ListEntriesReply,
  ListEntryInput,
  ListEntryReply,
  ListPreviewInput,
  ListPreviewReply,
} from './fraud-lists.js';
import { ClosedReply, CloseInput, LookBackInput, RunsReply } from './fraud-look-back.js';
import { RuleSettingsChange, RulesReply, RuleVersionsReply } from './fraud-settings.js';
import { body, invalid, type Json, notFound, pathParameter, reply, storeAway } from './openapi-parts.js';

/** The paths of fraud rules and lists. */
export function fraudPaths(): Json {
  return {
    '/api/v1/fraud/rules': {
      get: {
        summary: 'The fraud rules in force',
        responses: { 200: reply('Settings, and what each rule is.', RulesReply), 503: storeAway },
      },
      put: {
        summary: 'Change fraud rules',
        description:
          'Each rule that is named is given whole; the others stay. The change is a new version, in force on every node within 5 seconds.',
        requestBody: body(RuleSettingsChange),
        responses: { 200: reply('As they are now.', RulesReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/fraud/rules/versions': {
      get: {
        summary: 'Every version of the fraud rules, newest first',
        responses: { 200: reply('The versions.', RuleVersionsReply), 503: storeAway },
      },
    },
    '/api/v1/fraud/rules/run': {
      post: {
        summary: 'Let the rules that look back judge a range of the past',
        description:
          'What they find is appended as adjustments: a verdict changes with a row of its own, never in place. Run again, it changes nothing more.',
        requestBody: body(LookBackInput),
        responses: { 200: reply('What each rule found.', RunsReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/fraud/rules/backtest': {
      post: {
        summary: 'What a change of rules would have flagged',
        description: 'Nothing is changed. At most 5 million clicks.',
        requestBody: body(BacktestInput),
        responses: { 200: reply('The figures.', BacktestReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/fraud/runs': {
      get: {
        summary: 'What the rules that look back found',
        responses: { 200: reply('The runs.', RunsReply), 503: storeAway },
      },
    },
    '/api/v1/fraud/closed-until': {
      get: {
        summary: 'Up to when clicks are billed',
        responses: { 200: reply('The end of the last closed period.', ClosedReply), 503: storeAway },
      },
      put: {
        summary: 'Close a period',
        description:
          'Later findings about its clicks count at the time they are made. It can only be moved forward.',
        requestBody: body(CloseInput),
        responses: { 200: reply('As it is now.', ClosedReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/fraud/lists': {
      get: {
        summary: 'The allow and block lists in force',
        responses: { 200: reply('The entries.', ListEntriesReply), 503: storeAway },
      },
      post: {
        summary: 'Add to a list',
        description: 'Blocked means flagged, never refused. An entry that is there already is renewed.',
        requestBody: body(ListEntryInput),
        responses: {
          201: reply('The entry.', ListEntryReply),
          400: invalid,
          409: reply('The lists are full.', ErrorReply),
          503: storeAway,
        },
      },
    },
    '/api/v1/fraud/lists/preview': {
      post: {
        summary: 'Count the clicks that a list entry would match',
        description: 'Over the last days. Nothing is changed.',
        requestBody: body(ListPreviewInput),
        responses: { 200: reply('The count.', ListPreviewReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/fraud/lists/{entry_id}': {
      delete: {
        summary: 'Take an entry off its list',
        parameters: [pathParameter('entry_id', 'Of the entry')],
        responses: { 204: { description: 'It is off.' }, 400: invalid, 404: notFound, 503: storeAway },
      },
    },
  };
}
