import {
  type Action,
  type Checked,
  type HiddenRoute,
  type ReplyOf,
  ROUTES,
  type RouteDeclaration,
  type Routes,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { ZodError } from 'zod';
import { type Caller, callerOf } from '../../accounts/caller.js';
import { namingFields } from './errors.js';

/** A request, checked as its route's declaration says. */
export interface Asked<R> {
  params: Checked<R, 'params'>;
  query: Checked<R, 'query'>;
  body: Checked<R, 'body'>;
  /** Null on a public route: there `request.caller` may be somebody. */
  caller: R extends { access: 'public' } ? null : Caller;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Returns what is sent with the first 2xx that the route declares, or the reply when it has sent, or is to send, something else. */
type Handler<R> = (asked: Asked<R>) => ReplyOf<R> | FastifyReply | Promise<ReplyOf<R> | FastifyReply>;

type Options = Pick<RouteShorthandOptions, 'bodyLimit' | 'exposeHeadRoute' | 'preHandler'>;

/**
 * Registers a route as the contract declares it: what is asked is checked by its schemas, the handler is called, and what it returns
 * is sent. A `ZodError` becomes a 400. `preHandler` runs before anything is checked.
 */
export function serve<A extends Action>(app: FastifyInstance, action: A, handler: Handler<Routes[A]>): void;
export function serve<A extends Action>(
  app: FastifyInstance,
  action: A,
  options: Options,
  handler: Handler<Routes[A]>,
): void;
export function serve<A extends Action>(
  app: FastifyInstance,
  action: A,
  ...rest: [Handler<Routes[A]>] | [Options, Handler<Routes[A]>]
): void {
  const [options, handle] = rest.length === 1 ? [{}, rest[0]] : rest;
  const [method = '', url = ''] = action.split(' ');
  const route: RouteDeclaration | HiddenRoute = ROUTES[action];
  const { params, query, access } = route;
  const { body, isBodyOptional, namesFieldsByPath, replies } = 'isHidden' in route ? NO_BODY : route;
  const success =
    Object.keys(replies)
      .map(Number)
      .find((status) => status < 300) ?? 200;
  app.route({
    ...options,
    method,
    url,
    async handler(request, reply) {
      try {
        const asked = {
          params: params?.parse(request.params),
          query: query?.parse(request.query),
          body: body?.parse(isBodyOptional ? (request.body ?? {}) : request.body),
          caller: access === 'public' ? null : callerOf(request),
          request,
          reply,
        };
        // Not for 200, which it is anyway: a redirect goes by what was set.
        if (success !== 200) reply.code(success);
        const answer = await handle(asked as Asked<Routes[A]>);
        return answer === undefined ? reply.send() : answer;
      } catch (error) {
        if (namesFieldsByPath && error instanceof ZodError) return reply.code(400).send(namingFields(error));
        throw error;
      }
    },
  });
}
const NO_BODY: Pick<RouteDeclaration, 'body' | 'isBodyOptional' | 'namesFieldsByPath' | 'replies'> = {
  replies: {},
};
