import type { z } from 'zod';
import type { Access, AdvertiserView } from './access-rules.js';
import { ErrorReply, ValidationErrorReply } from './errors.js';

/** What a route answers with one status. */
export interface Reply<S extends z.ZodType | null = z.ZodType | null> {
  readonly description: string;
  /** Of a JSON body; null: the reply has another body, or none. */
  readonly schema: S;
  /** Of a body that is not JSON. */
  readonly contentType?: string;
  /** Comes with Retry-After. */
  readonly retryAfter?: true;
}

/**
 * A route, declared once: the server registers it by this, checks what it is asked by these schemas, and takes from here who may use
 * it; the OpenAPI document, docs/API.md, the table of access and the types of the dashboard's client are made from it.
 *
 * A group of routes is a record of these by method and path, `GET /api/v1/campaigns/:campaign_id`.
 */
export interface RouteDeclaration {
  readonly access: Access;
  /** Absent: closed to advertisers, unless it is public or every member's. */
  readonly advertiser?: AdvertiserView;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly headers?: Readonly<Record<string, { description: string; schema: z.ZodType }>>;
  readonly body?: z.ZodType;
  /** A request without a body counts as one with `{}`. */
  readonly isBodyOptional?: true;
  /** A 400 names a wrong field inside a field by its path: `velocity_ip.count_max`. */
  readonly namesFieldsByPath?: true;
  /** By status. 400 is added where something is checked, 503 where a store is asked, and 500 everywhere. */
  readonly replies: Readonly<Record<number, Reply>>;
  /** No store is asked, so that none can be away. */
  readonly asksNoStore?: true;
  /** A call that succeeds; a test makes it. */
  readonly example?: {
    readonly params?: Readonly<Record<string, string | number>>;
    readonly query?: Readonly<Record<string, string | number | readonly string[]>>;
    readonly body?: object;
  };
}

/** A route that no client is written for: of commands on the server's machine, of redirects, of files. It is in no document. */
export interface HiddenRoute {
  readonly access: Access;
  readonly isHidden: true;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
}

export type RouteGroup = Readonly<Record<`${string} /${string}`, RouteDeclaration | HiddenRoute>>;

type Part = 'params' | 'query' | 'body';
/** What a schema of a route gives, once what was sent is checked; undefined where there is none. */
export type Checked<R, P extends Part> = R extends { [N in P]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;
/** What may be sent for it. */
export type Sent<R, P extends Part> = R extends { [N in P]: infer S extends z.ZodType }
  ? z.input<S>
  : undefined;

type Success = 200 | 201 | 202 | 204;
/** What a route replies with when all goes well: the JSON of its 2xx, or nothing. */
export type ReplyOf<R> = R extends { replies: infer Replies }
  ? {
      [S in keyof Replies & Success]: Replies[S] extends { schema: infer T extends z.ZodType }
        ? z.output<T>
        : // biome-ignore lint/suspicious/noConfusingVoidType: of a function that returns nothing.
          void;
    }[keyof Replies & Success]
  : never;

export const reply = <S extends z.ZodType>(description: string, schema: S): Reply<S> => ({
  description,
  schema,
});
/** A reply without a body. */
export const nothing = (description: string): Reply<null> => ({ description, schema: null });
/** A reply that is no JSON: comma-separated values, or an event stream. */
export const streamed = (contentType: string, description: string): Reply<null> => ({
  description,
  schema: null,
  contentType,
});
export const refused = (description: string) => reply(description, ErrorReply);

export const invalid = reply('A field is wrong; the reply names it.', ValidationErrorReply);
export const notFound = refused('There is none with this id.');
export const storeAway = {
  ...refused('The store that answers this is unavailable, or too much is asked at once. Try again.'),
  retryAfter: true as const,
};
export const internal = refused(
  'A fault of the server. Its log has the reason, under the id of the request.',
);
export const inTheWay = refused('Something else stands in the way; the message says what.');
