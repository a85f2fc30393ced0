import { ADVERTISER_FIGURES, type AggregateQuery, LIMITS, type RouteRule } from '@clickledger/contract';
import { pickFields } from '../lib/pick-fields.js';
import { type Caller, NotAllowed } from './caller.js';

/** An advertiser that does not exist: no id is so long. The empty one has the conversions that no click led to. */
const NOBODY = '-'.repeat(LIMITS.idLengthMax + 1);
const PARAMETERS: ReadonlySet<string> = new Set(ADVERTISER_FIGURES.parameters);
const GROUP_BY: ReadonlySet<string> = new Set(ADVERTISER_FIGURES.groupBy);
const METRICS: ReadonlySet<string> = new Set(ADVERTISER_FIGURES.metrics);

/**
 * The question as a caller who sees only some advertisers may ask it: every row that answers it is of those, whatever it is
 * grouped by. Throws `NotAllowed` when it names anything that the access table does not give them.
 */
export function narrowToAdvertisers<
  Question extends Pick<AggregateQuery, 'advertiser_id'> &
    Partial<Pick<AggregateQuery, 'group_by' | 'metrics'>>,
>({ advertiserIds }: Caller, query: Question): Question {
  if (advertiserIds === null) return query;
  const named = Object.entries(query).filter(([, value]) => value !== undefined);
  if (named.some(([name]) => !PARAMETERS.has(name))) throw new NotAllowed();
  if (query.group_by?.some((name) => !GROUP_BY.has(name))) throw new NotAllowed();
  if (query.metrics?.some((name) => !METRICS.has(name))) throw new NotAllowed();
  const theirs = query.advertiser_id?.filter((id) => advertiserIds.includes(id)) ?? [...advertiserIds];
  return { ...query, advertiser_id: theirs.length > 0 ? theirs : [NOBODY] };
}

/** Whether a caller may use all of these query parameters of a route. */
export const mayAskWith = ({ advertiser }: RouteRule, caller: Caller, query: object): boolean =>
  !caller.isAdvertiser ||
  advertiser === null ||
  Object.keys(query).every((name) => advertiser.parameters.includes(name));

/** A reply with the fields that the table gives an advertiser; the whole reply for everybody else. */
export function fieldsFor({ advertiser }: RouteRule, caller: Caller | null, reply: object): object {
  const { fields } = advertiser ?? {};
  if (fields === undefined || !caller?.isAdvertiser || 'error' in reply) return reply;
  return pickFields(reply, fields);
}

/** The fields of an answer to a question about figures that a caller gets; null: all. */
export const figureFieldsOf = ({ isAdvertiser }: Caller): readonly string[] | null =>
  isAdvertiser ? ADVERTISER_FIGURES.fields : null;
